// SPDX-License-Identifier: Apache-2.0
// HDF5 datatypes ↔ DType. Private to core/io.
#pragma once

#include "core/io/hdf5/support.h"
#include "core/tensor/dtype.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nms {

/// How we read the elements of a dataset.
struct Hdf5Type {
    DType dtype = DType::Other;
    bool bigEndian = false;
    std::string name; // for messages: "H5T_IEEE_F16LE", "2-byte opaque (bf16)"
    std::string note; // an assumption that was made and that the file does not state; empty if none
    std::string remedy; // what may make it readable; empty if nothing does
};

/// Rules for bf16: a 2-byte float with bf16's fields; a 2-byte opaque if `hint` or its tag says so, or neither says anything
/// (h5py writes ml_dtypes' bfloat16 without a tag or with NumPy's "<V2", and Keras adds the hint); a uint16 only if `hint`
/// says bfloat16, since otherwise it may really hold integers.
/// f8: a 1-byte float with the fields of HDF5 2.0's H5T_FLOAT_F8E4M3 or _F8E5M2; a 1-byte opaque does not say which it is.
/// `hint` is the dataset's string attribute "dtype", or empty.
Hdf5Type classifyHdf5Type(hid_t type, std::string_view hint);

/// The same for the type in an object header (a datatype message); nullopt if the library does not support it.
std::optional<Hdf5Type> decodeHdf5Type(std::span<const std::byte> message);

/// The little-endian file type for a dtype; invalid for Other. Bool is h5py's enum {FALSE, TRUE} of int8.
Hdf5Id makeHdf5Type(DType dtype);

} // namespace nms
