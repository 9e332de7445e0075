// SPDX-License-Identifier: Apache-2.0
// Walks an HDF5 file and describes its datasets without following anything out of it. Private to core/io.
#pragma once

#include "core/io/hdf5_support.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace nms {

/// What reading a listed dataset needs beside its TensorInfo; same order.
struct Hdf5Record {
    std::string openPath; // made of hard links only; differs from the tensor's path for a soft link
    bool bigEndian = false;
    bool chunked = false;
    std::int64_t chunkRows = 1; // slices along the first dimension in one chunk
    std::int64_t chunkRowBytes = 0; // bytes of all chunks that hold one row; 0 when not chunked
    std::int64_t chunkBytes = 0;
};

struct Hdf5Listing {
    std::vector<TensorInfo> tensors; // sorted by path
    std::vector<Hdf5Record> records;
    std::vector<SkippedEntry> skipped;
};

struct Hdf5ListingOptions {
    std::int64_t fileBytes = 0; // the file's length: what claims to lie behind it is unreadable
    std::function<bool(H5Z_filter_t)> isAvailable; // asked once for each filter
    std::function<bool()> goOn; // asked before each object: false ends the listing
    /// Called once for each dataset while it is open. May be null.
    std::function<void(hid_t dataset, const TensorInfo &tensor, const Hdf5Record &record)> look;
};

/// Input error when the root is damaged or there are more objects than any weights file has; Cancelled.
Result<Hdf5Listing> listHdf5(hid_t file, const std::string &fileName, const Hdf5ListingOptions &options);

} // namespace nms
