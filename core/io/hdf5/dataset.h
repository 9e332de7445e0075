// SPDX-License-Identifier: Apache-2.0
// One HDF5 dataset: what it is, and whether its data can be trusted to be there. Private to core/io.
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

/// Who reads a dataset's rows.
enum class Hdf5Reading {
    Helper, // the library, in the helper process: compact, and chunks with filters that are not ours
    Contiguous, // we, from one place in the file
    Chunks, // we, from what the helper finds stored
    Fill, // nobody: it was never written, and is its fill value throughout
};

/// What reading a listed dataset needs beside its TensorInfo; same order.
struct Hdf5Record {
    std::string openPath; // made of hard links only; differs from the tensor's path for a soft link
    bool bigEndian = false;
    Hdf5Reading reading = Hdf5Reading::Helper;
    std::int64_t offset = 0; // in the file, where contiguous
    std::vector<std::int64_t> chunk; // its shape; empty where there are none
    std::int64_t chunkBytes = 0;
    std::int64_t chunkRowBytes = 0; // of all chunks that hold one row
    std::vector<ChunkFilter> filters; // those of Chunks, in the order in which they were applied
    bool edgesUnfiltered = false; // chunks that stick out of the tensor are stored as they are
    std::vector<std::byte> fill; // one element: what was never written, of Chunks and Fill
};

/// Chunks of `chunk` > 0 that cover `size`.
inline std::int64_t chunksAlong(std::int64_t size, std::int64_t chunk)
{
    return size / chunk + (size % chunk != 0 ? 1 : 0);
}

/// Fills in chunkBytes and chunkRowBytes. False where a chunk is no more than nothing or larger than is read (1 GiB).
bool measureChunks(const std::vector<std::int64_t> &shape, std::int64_t elementBytes, Hdf5Record &record);

constexpr std::int64_t largestTensor = std::int64_t(1) << 46; // bytes; no weights file is larger

/// Whether all that a shape claims, its empty dimensions left out, is no more than largestTensor.
bool isCountable(std::vector<std::int64_t> shape, std::int64_t elementBytes);

struct Hdf5Description {
    TensorInfo info; // without a path
    Hdf5Record record; // without a path
};

/// Reads none of its data. An error means that not even its shape can be told safely (virtual datasets: asking for their
/// shape would open the files they refer to). `attributes` are the dataset's own;
/// `available` says whether a filter is installed.
Result<Hdf5Description> describeHdf5Dataset(hid_t dataset, const Attributes &attributes, std::int64_t fileBytes,
                                            const std::function<bool(H5Z_filter_t)> &available);

} // namespace nms
