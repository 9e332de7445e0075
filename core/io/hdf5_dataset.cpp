// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5_dataset.h"

#include "core/base/checked.h"
#include "core/io/hdf5_attributes.h"
#include "core/io/hdf5_types.h"
#include "core/io/text.h"

#include <algorithm>

namespace nms {

namespace {

constexpr std::int64_t largestTensor = std::int64_t(1) << 46; // bytes; no weights file is larger
constexpr std::int64_t largestChunk = std::int64_t(1) << 30; // bytes: the library holds a whole chunk in memory

std::string filterRemedy(H5Z_filter_t filter)
{
    if (filter == 32001)
        return "install hdf5-filter-plugin-blosc-serial";
    if (filter == 307 || filter == 32004)
        return "install hdf5-filter-plugin";
    return "rewrite the file where that filter is at hand: h5repack -f GZIP=4 IN OUT, or h5py with compression=\"gzip\"";
}

/// Fills in the layout's text for a pipeline of filters and says which one is missing.
void describeFilters(hid_t properties, const std::function<bool(H5Z_filter_t)> &available, TensorInfo &info)
{
    const int count = H5Pget_nfilters(properties);
    for (int i = 0; i < count; ++i) {
        unsigned flags = 0;
        unsigned config = 0;
        std::size_t values = 0;
        const H5Z_filter_t filter = H5Pget_filter2(properties, unsigned(i), &flags, &values, nullptr, 0, nullptr, &config);
        if (filter < 0) {
            info.unreadable = "its filters are damaged: " + hdf5ErrorText();
            return;
        }
        const std::string name = hdf5FilterName(filter);
        info.layout += (i ? "+" : ", ") + name;
        if (info.unreadable.empty() && !available(filter))
            info.unreadable =
                "is compressed with " + name + ", and that HDF5 filter is not installed; " + filterRemedy(filter);
    }
}

/// Chunks of `chunk` > 0 that cover `size`.
std::int64_t chunksAlong(std::int64_t size, std::int64_t chunk)
{
    return size / chunk + (size % chunk != 0 ? 1 : 0);
}

void describeChunks(hid_t properties, std::size_t elementBytes, Hdf5Description &result)
{
    TensorInfo &info = result.info;
    hsize_t dimensions[H5S_MAX_RANK] = {};
    const int rank = H5Pget_chunk(properties, H5S_MAX_RANK, dimensions);
    if (rank <= 0 || std::size_t(rank) != info.shape.size()) {
        info.unreadable = "its chunks have another number of dimensions than itself";
        return;
    }
    const std::vector<std::int64_t> chunk(dimensions, dimensions + rank);
    info.layout = "chunked " + shapeText(chunk);
    const auto chunkElements = checkedProduct(chunk);
    const auto chunkBytes = chunkElements ? checkedMultiply(*chunkElements, std::int64_t(elementBytes)) : std::nullopt;
    if (!chunkBytes || *chunkBytes <= 0 || *chunkBytes > largestChunk) {
        info.unreadable =
            "has chunks of more than 1 GiB, each of which would have to be held in memory; rewrite it with smaller "
            "chunks (h5repack -l CHUNK=64x1024)";
        return;
    }
    result.record.chunked = true;
    result.record.chunkRows = chunk.front();
    result.record.chunkBytes = *chunkBytes;
    std::int64_t across = 1;
    for (std::size_t i = 1; i < chunk.size(); ++i)
        across = checkedMultiply(across, chunksAlong(info.shape[i], chunk[i])).value_or(largestTensor);
    result.record.chunkRowBytes = checkedMultiply(across, *chunkBytes).value_or(largestTensor);
}

/// Is the data where the header says? `bytes` is what the shape needs.
void checkStorage(hid_t dataset, H5D_layout_t layout, std::int64_t bytes, std::int64_t fileBytes, TensorInfo &info)
{
    if (bytes == 0 || !info.unreadable.empty())
        return;
    const auto stored = std::int64_t(std::min<hsize_t>(H5Dget_storage_size(dataset), hsize_t(INT64_MAX)));
    if (stored == 0) {
        info.unreadable = "was created but never written: the file holds none of its data";
        return;
    }
    if (stored > fileBytes || (layout != H5D_CHUNKED && stored < bytes)) {
        info.unreadable = "claims " + std::to_string(bytes) + " bytes that the file does not hold; it is damaged or cut off";
        return;
    }
    if (layout != H5D_CONTIGUOUS)
        return;
    const haddr_t offset = H5Dget_offset(dataset);
    if (offset == HADDR_UNDEF || offset > haddr_t(fileBytes - stored))
        info.unreadable = "lies behind the end of the file; it is damaged or cut off";
}

} // namespace

Result<Hdf5Description> describeHdf5Dataset(hid_t dataset, std::int64_t fileBytes,
                                            const std::function<bool(H5Z_filter_t)> &available)
{
    const Hdf5Id properties(H5Dget_create_plist(dataset));
    if (!properties.valid())
        return fail(ErrorKind::Input, {}, "is a damaged dataset: " + hdf5ErrorText());
    const H5D_layout_t layout = H5Pget_layout(properties);
    if (layout == H5D_VIRTUAL)
        return fail(ErrorKind::Unsupported, {}, "is a virtual dataset; those are never followed to their files");
    if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
        return fail(ErrorKind::Unsupported, {}, "has an unknown layout");
    const Hdf5Id type(H5Dget_type(dataset));
    const Hdf5Id space(H5Dget_space(dataset));
    if (!type.valid() || !space.valid())
        return fail(ErrorKind::Input, {}, "is a damaged dataset: " + hdf5ErrorText());
    if (H5Sget_simple_extent_type(space) == H5S_NULL)
        return fail(ErrorKind::Unsupported, {}, "is an empty dataset (null dataspace)");
    hsize_t dimensions[H5S_MAX_RANK] = {};
    const int rank = H5Sget_simple_extent_dims(space, dimensions, nullptr);
    if (rank < 0)
        return fail(ErrorKind::Input, {}, "is a damaged dataset: " + hdf5ErrorText());

    Hdf5Description result;
    TensorInfo &info = result.info;
    for (int i = 0; i < rank; ++i)
        info.shape.push_back(std::int64_t(std::min<hsize_t>(dimensions[i], hsize_t(INT64_MAX))));

    Hdf5Type element = classifyHdf5Type(type, {});
    if (element.dtype == DType::U16 || element.dtype == DType::BF16) {
        const auto hint = readHdf5Attribute(dataset, "dtype");
        if (hint && std::holds_alternative<std::string>(*hint))
            element = classifyHdf5Type(type, std::get<std::string>(*hint));
    }
    info.dtype = element.dtype;
    info.storedType = element.name;
    result.record.bigEndian = element.bigEndian;

    const std::size_t elementBytes = H5Tget_size(type);
    // Without its empty dimensions: the others alone must not claim too much either, as they are counted with.
    std::vector<std::int64_t> sizes = info.shape;
    const bool empty = std::erase(sizes, 0) > 0;
    sizes.push_back(std::int64_t(std::min<std::size_t>(elementBytes, largestTensor)));
    const auto claimed = checkedProduct(sizes);
    const std::int64_t bytes = empty ? 0 : claimed.value_or(0);
    if (!claimed || *claimed > largestTensor)
        info.unreadable = "claims a shape of " + shapeText(info.shape) + ", more than any file holds";
    if (H5Pget_external_count(properties) != 0) {
        info.layout = "external";
        info.unreadable = "keeps its data in another file; those are never followed";
    } else if (layout == H5D_CHUNKED) {
        describeChunks(properties, elementBytes, result);
        describeFilters(properties, available, info);
    } else {
        info.layout = layout == H5D_COMPACT ? "compact" : "contiguous";
    }
    if (info.dtype == DType::Other && info.unreadable.empty())
        info.unreadable = "has elements of type " + info.storedType + ", which is not read";
    checkStorage(dataset, layout, bytes, fileBytes, info);
    return result;
}

} // namespace nms
