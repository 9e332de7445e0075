// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/dataset.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/io/disk/text.h"
#include "core/io/hdf5/matlab.h"
#include "core/io/hdf5/types.h"

#include <algorithm>
#include <optional>

namespace nms {

namespace {

constexpr const char *external = "external";

/// Adds a pipeline of filters to the layout's text, and sets `unreadable` if one is not available.
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
                "is compressed with " + name + ", and that HDF5 filter is not installed; " + hdf5FilterRemedy(filter);
    }
}

/// The pipeline, if decodeChunk() can undo all of it; otherwise nullopt.
std::optional<std::vector<ChunkFilter>> ownFilters(hid_t properties)
{
    std::vector<ChunkFilter> filters;
    const int count = H5Pget_nfilters(properties);
    int compressing = 0;
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
            filters.push_back({ChunkFilter::Kind::Deflate, 1});
            break;
        case hdf5FilterLzf:
            filters.push_back({ChunkFilter::Kind::Lzf, 1});
            break;
        case H5Z_FILTER_FLETCHER32:
            filters.push_back({ChunkFilter::Kind::Fletcher32, 1});
            break;
        default:
            return std::nullopt;
        }
        if (filters.back().compresses() && ++compressing > 1)
            return std::nullopt;
    }
    return filters;
}

/// One element of data that was never written, as libhdf5 reads it: zero unless the file defines another value; zero also if
/// the file says never to fill (then the library leaves the buffer as it is, and h5py clears it before). nullopt if the fill
/// value is undefined: the library then refuses a dataset that has no data at all, and leaves the buffer as it is for one
/// that has some.
std::optional<std::vector<std::byte>> fillValue(hid_t properties, hid_t type, std::size_t elementBytes)
{
    std::vector<std::byte> fill(elementBytes);
    H5D_fill_time_t time = H5D_FILL_TIME_ERROR;
    H5D_fill_value_t defined = H5D_FILL_VALUE_ERROR;
    if (H5Pget_fill_time(properties, &time) < 0 || time == H5D_FILL_TIME_NEVER ||
        H5Pfill_value_defined(properties, &defined) < 0)
        return fill;
    if (defined == H5D_FILL_VALUE_UNDEFINED)
        return std::nullopt;
    if (defined == H5D_FILL_VALUE_USER_DEFINED && H5Pget_fill_value(properties, type, fill.data()) < 0)
        fill.assign(elementBytes, std::byte(0));
    return fill;
}

std::vector<std::byte> zeros(std::size_t bytes)
{
    return std::vector<std::byte>(bytes);
}

void describeChunks(hid_t properties, hid_t type, const std::function<bool(H5Z_filter_t)> &available,
                    Hdf5Description &result)
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
    const bool ours = filters.has_value();
    describeFilters(
        properties, [&](H5Z_filter_t filter) { return ours || available(filter); }, info);
    if (!ours || info.dtype == DType::Other)
        return;
    record.reading = Hdf5Reading::Chunks;
    record.filters = *std::move(filters);
    record.fill = fillValue(properties, type, elementBytes).value_or(zeros(elementBytes));
    unsigned options = 0;
    record.edgesUnfiltered =
        H5Pget_chunk_opts(properties, &options) >= 0 && (options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) != 0;
}

bool isNeverWritten(hid_t dataset, H5D_layout_t layout, const TensorInfo &info)
{
    if (layout == H5D_COMPACT || info.layout == external || info.dtype == DType::Other || info.elements() == 0)
        return false;
    // An error is not a size of 0: data that cannot be found must not be mistaken for data that was never written.
    H5D_space_status_t status = H5D_SPACE_STATUS_ERROR;
    return H5Dget_space_status(dataset, &status) >= 0 && status == H5D_SPACE_STATUS_NOT_ALLOCATED &&
        H5Dget_storage_size(dataset) == 0;
}

/// Describes a dataset that was never written. Missing filters and too large chunks do not matter for it.
void fillThroughout(hid_t properties, hid_t type, Hdf5Description &result)
{
    auto fill = fillValue(properties, type, H5Tget_size(type));
    if (!fill) {
        result.info.unreadable = "was created but never written, and its file says not to fill it with anything";
        return;
    }
    constexpr std::int64_t most = std::int64_t(1) << 36; // bytes: a file without data must not cause work for days
    if (result.info.elements() > most / std::int64_t(fill->size())) {
        result.info.unreadable = "was created but never written, and would be " + formatShape(result.info.shape) +
            " times its fill value, more than this program generates";
        return;
    }
    result.info.unreadable.clear();
    result.info.note +=
        std::string(result.info.note.empty() ? "" : "; ") + "was created but never written: all of it is its fill value";
    result.record.reading = Hdf5Reading::Fill;
    result.record.fill = *std::move(fill);
}

/// Checks that the data is where the header says. `bytes` is what the shape needs.
void checkStorage(hid_t dataset, H5D_layout_t layout, std::int64_t bytes, std::int64_t fileBytes, Hdf5Description &result)
{
    TensorInfo &info = result.info;
    if (bytes == 0 || !info.unreadable.empty() || result.record.reading == Hdf5Reading::Fill)
        return;
    const auto stored = std::int64_t(std::min<hsize_t>(H5Dget_storage_size(dataset), hsize_t(INT64_MAX)));
    if (stored == 0 && layout == H5D_CHUNKED) {
        info.unreadable = "is damaged: its chunks cannot be found: " + hdf5ErrorText();
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
    constexpr std::int64_t largestChunk = std::int64_t(1) << 30; // bytes: a chunk is held in memory as a whole
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

Result<Hdf5Description> describeHdf5Dataset(hid_t dataset, const Attributes &attributes, std::int64_t fileBytes,
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

    const Hdf5Type element = classifyHdf5Type(type, attribute<std::string>(attributes, "dtype").value_or(""));
    info.dtype = element.dtype;
    info.storedType = element.name;
    const H5T_class_t typeClass = H5Tget_class(type);
    info.holdsNumbers = typeClass != H5T_STRING && typeClass != H5T_REFERENCE;
    info.note = element.note;
    result.record.bigEndian = element.bigEndian;

    const std::size_t elementBytes = H5Tget_size(type);
    const auto countedBytes = std::int64_t(std::min<std::size_t>(elementBytes, largestTensor));
    const bool countable = isCountable(info.shape, countedBytes);
    if (!countable)
        info.unreadable = "claims a shape of " + formatShape(info.shape) + ", more than any file holds";
    if (H5Pget_external_count(properties) != 0) {
        info.layout = external;
        info.unreadable = "keeps its data in another file; those are never followed";
    } else if (layout == H5D_CHUNKED) {
        describeChunks(properties, type, available, result);
    } else {
        info.layout = layout == H5D_COMPACT ? "compact" : "contiguous";
    }
    if (info.dtype == DType::Other && info.unreadable.empty())
        info.unreadable = "has elements of type " + info.storedType + ", which is not read" +
            (element.remedy.empty() ? "" : "; " + element.remedy);
    if (countable && isNeverWritten(dataset, layout, info))
        fillThroughout(properties, type, result);
    describeMatlab(attributes, info);
    checkStorage(dataset, layout, countable ? info.elements() * countedBytes : 0, fileBytes, result);
    return result;
}

} // namespace nms
