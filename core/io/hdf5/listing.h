// SPDX-License-Identifier: Apache-2.0
// Traverses an HDF5 file and describes its datasets, without following links to other files. Runs in the helper process,
// like everything that reads with libhdf5. Private to core/io.
#pragma once

#include "core/io/disk/regular_file.h"
#include "core/io/hdf5/dataset.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace nms {

struct Hdf5Listing {
    std::vector<TensorInfo> tensors; // sorted by path
    std::vector<Hdf5Record> records; // in the same order
    std::vector<SkippedEntry> skipped;
    std::map<std::string, std::string> metadata; // attributes of the root, as text
};

struct Hdf5ListingOptions {
    const RegularFile &file; // the file itself: data that claims to lie after its end is unreadable
    std::function<void()> alive; // called before each object
    std::function<void(hid_t dataset, const Hdf5Record &record)> look; // called once for each dataset while it is open
};

/// A tensor's layer is built from the attribute `name` of the group `vars` in each group above the tensor, as Keras 3 writes
/// them; objects that are newer than the installed library are listed as unreadable, with that reason. Input error if the
/// root is damaged, there are more objects than any weights file has (4 million), or links give the same objects too many
/// names.
Result<Hdf5Listing> listHdf5(hid_t file, const std::string &fileName, const Hdf5ListingOptions &options);

} // namespace nms
