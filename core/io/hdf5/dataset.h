// SPDX-License-Identifier: Apache-2.0
// Describes one HDF5 dataset and checks that its data is there. Private to core/io.
#pragma once

#include "core/io/attributes.h"
#include "core/io/hdf5/chunk_codec.h"
#include "core/io/hdf5/support.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace nms {

/// How a dataset's rows are read.
enum class Hdf5Reading {
    Helper, // by libhdf5 in the helper process: compact datasets, and chunks with other filters than ours
    Contiguous, // directly, from one range of the file
    Chunks, // by our decoder, from the stored chunks that the helper returns
    Fill, // not at all: it was never written, every element is the fill value
};

/// What is needed to read a listed dataset, in addition to its TensorInfo.
struct Hdf5Record {
    std::string openPath; // made of hard links only; differs from the tensor's path for a soft link
    bool bigEndian = false;
    Hdf5Reading reading = Hdf5Reading::Helper;
    std::int64_t offset = 0; // in the file, if contiguous
    std::vector<std::int64_t> chunk; // shape of a chunk; empty if there are none
    std::int64_t chunkBytes = 0;
    std::int64_t chunkRowBytes = 0; // size of all chunks that one row crosses
    std::vector<ChunkFilter> filters; // only for Chunks; in the order in which they were applied
    bool edgesUnfiltered = false; // chunks that extend beyond the tensor are stored without filters
    std::vector<std::byte> fill; // the fill value, one element; only for Chunks and Fill
};

/// Number of chunks of length `chunk` > 0 that cover `size`.
inline std::int64_t chunksAlong(std::int64_t size, std::int64_t chunk)
{
    return size / chunk + (size % chunk != 0 ? 1 : 0);
}

/// Sets chunkBytes and chunkRowBytes. False if a chunk is empty or larger than the limit (1 GiB).
bool measureChunks(const std::vector<std::int64_t> &shape, std::int64_t elementBytes, Hdf5Record &record);

constexpr std::int64_t largestTensor = std::int64_t(1) << 46; // bytes; no weights file is larger

/// Whether a shape has at most largestTensor bytes; empty dimensions are ignored.
bool isCountable(std::vector<std::int64_t> shape, std::int64_t elementBytes);

struct Hdf5Description {
    TensorInfo info; // without a path
    Hdf5Record record; // without a path
};

/// Reads no data. An error means that not even the shape can be determined safely (virtual datasets: a query for their shape
/// would open the files to which they refer). `attributes` are the dataset's own; `available` says whether a filter is
/// installed.
Result<Hdf5Description> describeHdf5Dataset(hid_t dataset, const Attributes &attributes, std::int64_t fileBytes,
                                            const std::function<bool(H5Z_filter_t)> &available);

} // namespace nms
