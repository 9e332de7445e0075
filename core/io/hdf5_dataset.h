// SPDX-License-Identifier: Apache-2.0
// One HDF5 dataset: what it is, and whether its data can be trusted to be there. Private to core/io.
#pragma once

#include "core/io/hdf5_listing.h"

namespace nms {

struct Hdf5Description {
    TensorInfo info; // without a path
    Hdf5Record record; // without a path
};

/// Reads none of its data. An error means that not even its shape can be told safely (virtual datasets: asking for their
/// shape would open the files they refer to).
Result<Hdf5Description> describeHdf5Dataset(hid_t dataset, std::int64_t fileBytes);

} // namespace nms
