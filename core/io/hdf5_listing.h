// SPDX-License-Identifier: Apache-2.0
// Walks an HDF5 file and describes its datasets without following anything out of it. Private to core/io.
#pragma once

#include "core/io/hdf5_support.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nms {

/// What reading a listed dataset needs beside its TensorInfo; same order.
struct Hdf5Record {
    std::string openPath; // made of hard links only; differs from the tensor's path for a soft link
    bool bigEndian = false;
    std::int64_t chunkRows = 1; // slices along the first dimension in one chunk
    std::int64_t chunkRowBytes = 0; // bytes of all chunks that hold one row; 0 when not chunked
    std::int64_t chunkBytes = 0;
};

struct Hdf5Listing {
    std::vector<TensorInfo> tensors; // sorted by path
    std::vector<Hdf5Record> records;
    std::vector<SkippedEntry> skipped;
};

/// `fileBytes` is the file's length: what claims to lie behind it is unreadable. Input error when the root is damaged or
/// there are more objects than any weights file has.
Result<Hdf5Listing> listHdf5(hid_t file, const std::string &fileName, std::int64_t fileBytes);

} // namespace nms
