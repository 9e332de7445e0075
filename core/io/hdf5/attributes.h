// SPDX-License-Identifier: Apache-2.0
// Attributes of an HDF5 object. Private to core/io.
#pragma once

#include "core/io/attributes.h"
#include "core/io/hdf5/support.h"

namespace nms {

/// Those we understand: scalar text (UTF-8), integers, floats, bools, and short vectors of integers. The rest is passed
/// over, as is text of more than 16 MiB. A damaged attribute is passed over too: nothing that we read depends on one.
Attributes readHdf5Attributes(hid_t object);

/// One of them, without reading the others.
std::optional<AttributeValue> readHdf5Attribute(hid_t object, const char *name);

/// Text becomes variable-length UTF-8 and a bool h5py's enum, as Python users expect. False on failure (hdf5ErrorText).
bool writeHdf5Attributes(hid_t object, const Attributes &attributes);

} // namespace nms
