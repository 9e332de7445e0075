// SPDX-License-Identifier: Apache-2.0
// One HDF5 dataset: what it is, and whether its data can be trusted to be there. Private to core/io.
#pragma once

#include "core/io/hdf5_listing.h"

#include <functional>

namespace nms {

struct Hdf5Description {
    TensorInfo info; // without a path
    Hdf5Record record; // without a path
};

/// Reads none of its data. An error means that not even its shape can be told safely (virtual datasets: asking for their
/// shape would open the files they refer to). `available` says whether a filter is installed.
Result<Hdf5Description> describeHdf5Dataset(hid_t dataset, std::int64_t fileBytes,
                                            const std::function<bool(H5Z_filter_t)> &available);

} // namespace nms
