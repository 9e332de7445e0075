// SPDX-License-Identifier: Apache-2.0
// HDF5 datatypes ↔ DType. Private to core/io.
#pragma once

#include "core/io/hdf5_support.h"
#include "core/tensor/dtype.h"

#include <string>
#include <string_view>

namespace nms {

/// What a dataset's elements are for us.
struct Hdf5Type {
    DType dtype = DType::Other;
    bool bigEndian = false;
    std::string name; // for people: "H5T_IEEE_F16LE", "2-byte opaque (bf16)"
};

/// Rules for bf16: a 2-byte float with bf16's fields; a 2-byte opaque, unless `hint` names another type (Keras and
/// ml_dtypes write these); a uint16 only when `hint` says bfloat16, since it may as well be what it says.
/// f8: a 1-byte float with the fields of HDF5 2.0's H5T_FLOAT_F8E4M3 or _F8E5M2; a 1-byte opaque does not say which it is.
/// `hint` is the dataset's string attribute "dtype", or empty.
Hdf5Type classifyHdf5Type(hid_t type, std::string_view hint);

/// The little-endian file type for a dtype; invalid for Other. Bool is h5py's enum {FALSE, TRUE} of int8.
Hdf5Id makeHdf5Type(DType dtype);

} // namespace nms
