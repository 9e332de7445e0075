// SPDX-License-Identifier: Apache-2.0
// Walks an HDF5 file and describes its datasets without following anything out of it: in the helper process, as all that
// reads with libhdf5. Private to core/io.
#pragma once

#include "core/io/chunk_codec.h"
#include "core/io/hdf5_support.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace nms {

/// Who reads a dataset's rows.
enum class Hdf5Reading {
    Helper, // the library, in the helper process: compact, and chunks with filters that are not ours
    Contiguous, // we, from one place in the file
    Chunks, // we, from what the helper finds stored
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
    std::vector<std::byte> fill; // one element: what chunks hold that were never written
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

struct Hdf5Listing {
    std::vector<TensorInfo> tensors; // sorted by path
    std::vector<Hdf5Record> records;
    std::vector<SkippedEntry> skipped;
    std::map<std::string, std::string> metadata; // texts at the root
};

struct Hdf5ListingOptions {
    std::int64_t fileBytes = 0; // the file's length: what claims to lie behind it is unreadable
    std::function<void()> alive; // called before each object
    std::function<void(hid_t dataset, const Hdf5Record &record)> look; // called once for each dataset while it is open
};

/// Input error when the root is damaged or there are more objects than any weights file has.
Result<Hdf5Listing> listHdf5(hid_t file, const std::string &fileName, const Hdf5ListingOptions &options);

} // namespace nms
