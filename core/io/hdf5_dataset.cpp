// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5_dataset.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/io/hdf5_attributes.h"
#include "core/io/hdf5_types.h"
#include "core/io/text.h"

#include <algorithm>
#include <optional>

namespace nms {

namespace {

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

/// The pipeline where all of it can be undone by decodeChunk().
std::optional<std::vector<ChunkFilter>> ownFilters(hid_t properties)
{
    std::vector<ChunkFilter> filters;
    const int count = H5Pget_nfilters(properties);
    int deflates = 0;
    for (int i = 0; i < count; ++i) {
        unsigned flags = 0, config = 0, value = 0;
        std::size_t values = 1;
        switch (H5Pget_filter2(properties, unsigned(i), &flags, &values, &value, 0, nullptr, &config)) {
        case H5Z_FILTER_SHUFFLE:
            if (values != 1 || value == 0)
                return std::nullopt;
            filters.push_back({ChunkFilter::Kind::Shuffle, value});
            break;
        case H5Z_FILTER_DEFLATE:
            if (++deflates > 1)
                return std::nullopt;
            filters.push_back({ChunkFilter::Kind::Deflate, 1});
            break;
        case H5Z_FILTER_FLETCHER32:
            filters.push_back({ChunkFilter::Kind::Fletcher32, 1});
            break;
        default:
            return std::nullopt;
        }
    }
    return filters;
}

/// What a chunk holds that was never written: zeros unless the file says otherwise.
std::vector<std::byte> fillValue(hid_t properties, hid_t type, std::size_t elementBytes)
{
    std::vector<std::byte> fill(elementBytes);
    H5D_fill_value_t defined = H5D_FILL_VALUE_ERROR;
    if (H5Pfill_value_defined(properties, &defined) < 0 || defined != H5D_FILL_VALUE_USER_DEFINED ||
        H5Pget_fill_value(properties, type, fill.data()) < 0)
        fill.assign(elementBytes, std::byte(0));
    return fill;
}

void describeChunks(hid_t properties, hid_t type, Hdf5Description &result)
{
    TensorInfo &info = result.info;
    Hdf5Record &record = result.record;
    hsize_t dimensions[H5S_MAX_RANK] = {};
    const int rank = H5Pget_chunk(properties, H5S_MAX_RANK, dimensions);
    if (rank <= 0 || std::size_t(rank) != info.shape.size()) {
        info.unreadable = "its chunks have another number of dimensions than itself";
        return;
    }
    record.chunk.assign(dimensions, dimensions + rank);
    info.layout = "chunked " + formatShape(record.chunk);
    const std::size_t elementBytes = H5Tget_size(type);
    if (!measureChunks(info.shape, std::int64_t(elementBytes), record)) {
        info.unreadable =
            "has chunks of more than 1 GiB, each of which would have to be held in memory; rewrite it with smaller "
            "chunks (h5repack -l CHUNK=64x1024)";
        record.chunk.clear();
        return;
    }
    auto filters = ownFilters(properties);
    if (!filters || info.dtype == DType::Other)
        return;
    record.reading = Hdf5Reading::Chunks;
    record.filters = *std::move(filters);
    record.fill = fillValue(properties, type, elementBytes);
    unsigned options = 0;
    record.edgesUnfiltered =
        H5Pget_chunk_opts(properties, &options) >= 0 && (options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) != 0;
}

/// Is the data where the header says? `bytes` is what the shape needs.
void checkStorage(hid_t dataset, H5D_layout_t layout, std::int64_t bytes, std::int64_t fileBytes, Hdf5Description &result)
{
    TensorInfo &info = result.info;
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
    if (offset == HADDR_UNDEF || offset > haddr_t(fileBytes - stored)) {
        info.unreadable = "lies behind the end of the file; it is damaged or cut off";
        return;
    }
    result.record.reading = Hdf5Reading::Contiguous;
    result.record.offset = std::int64_t(offset);
}

} // namespace

bool isCountable(std::vector<std::int64_t> shape, std::int64_t elementBytes)
{
    std::erase(shape, 0);
    shape.push_back(elementBytes);
    const auto bytes = checkedProduct(shape);
    return bytes && *bytes <= largestTensor;
}

bool measureChunks(const std::vector<std::int64_t> &shape, std::int64_t elementBytes, Hdf5Record &record)
{
    constexpr std::int64_t largestChunk = std::int64_t(1) << 30; // bytes: each is held in memory whole
    std::vector<std::int64_t> sizes = record.chunk;
    sizes.push_back(elementBytes);
    const auto chunkBytes = checkedProduct(sizes);
    if (!chunkBytes || *chunkBytes <= 0 || *chunkBytes > largestChunk)
        return false;
    record.chunkBytes = *chunkBytes;
    std::int64_t across = 1;
    for (std::size_t d = 1; d < shape.size(); ++d)
        across = checkedMultiply(across, chunksAlong(shape[d], record.chunk[d])).value_or(largestTensor);
    record.chunkRowBytes = checkedMultiply(across, *chunkBytes).value_or(largestTensor);
    return true;
}

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
    const H5T_class_t typeClass = H5Tget_class(type);
    info.holdsNumbers = typeClass != H5T_STRING && typeClass != H5T_REFERENCE;
    result.record.bigEndian = element.bigEndian;

    const std::size_t elementBytes = H5Tget_size(type);
    const auto countedBytes = std::int64_t(std::min<std::size_t>(elementBytes, largestTensor));
    const bool countable = isCountable(info.shape, countedBytes);
    if (!countable)
        info.unreadable = "claims a shape of " + formatShape(info.shape) + ", more than any file holds";
    if (H5Pget_external_count(properties) != 0) {
        info.layout = "external";
        info.unreadable = "keeps its data in another file; those are never followed";
    } else if (layout == H5D_CHUNKED) {
        describeChunks(properties, type, result);
        describeFilters(properties, available, info);
    } else {
        info.layout = layout == H5D_COMPACT ? "compact" : "contiguous";
    }
    if (info.dtype == DType::Other && info.unreadable.empty())
        info.unreadable = "has elements of type " + info.storedType + ", which is not read";
    checkStorage(dataset, layout, countable ? info.elements() * countedBytes : 0, fileBytes, result);
    return result;
}

} // namespace nms
