// SPDX-License-Identifier: Apache-2.0
// Attributes of an HDF5 object. Private to core/io.
#pragma once

#include "core/io/attributes.h"
#include "core/io/hdf5/support.h"

namespace nms {

/// Supported are scalar strings (UTF-8, at most 16 MiB), integers, floats, bools, and short vectors of integers. All others,
/// also damaged ones, are UnreadAttribute: no data that we read depends on them. Names that are not plain text are ignored.
Attributes readHdf5Attributes(hid_t object);

/// One attribute, without reading the others; nullopt if it is missing or not supported.
std::optional<AttributeValue> readHdf5Attribute(hid_t object, const char *name);

/// Text becomes variable-length UTF-8 and a bool h5py's enum, as Python users expect. False on failure (hdf5ErrorText).
bool writeHdf5Attributes(hid_t object, const Attributes &attributes);

} // namespace nms
