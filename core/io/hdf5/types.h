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

/// What a dataset's elements are for us.
struct Hdf5Type {
    DType dtype = DType::Other;
    bool bigEndian = false;
    std::string name; // for people: "H5T_IEEE_F16LE", "2-byte opaque (bf16)"
    std::string note; // what was taken for granted, which the file does not say; empty when nothing was
    std::string remedy; // what may make it readable; empty where nothing does
};

/// Rules for bf16: a 2-byte float with bf16's fields; a 2-byte opaque where `hint` or its tag says so, or where
/// neither says anything (h5py writes ml_dtypes' bfloat16 without a tag or with NumPy's "<V2", and Keras adds the hint); a
/// uint16 only when `hint` says bfloat16, since it may as well be what it says.
/// f8: a 1-byte float with the fields of HDF5 2.0's H5T_FLOAT_F8E4M3 or _F8E5M2; a 1-byte opaque does not say which it is.
/// `hint` is the dataset's string attribute "dtype", or empty.
Hdf5Type classifyHdf5Type(hid_t type, std::string_view hint);

/// The same of a type as a file's own header has it (a datatype message); nothing where the library does not understand it.
std::optional<Hdf5Type> decodeHdf5Type(std::span<const std::byte> message);

/// The little-endian file type for a dtype; invalid for Other. Bool is h5py's enum {FALSE, TRUE} of int8.
Hdf5Id makeHdf5Type(DType dtype);

} // namespace nms
