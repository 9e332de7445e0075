// SPDX-License-Identifier: Apache-2.0
// What MATLAB's files (v7.3: HDF5 behind a user block of 512 bytes) say of their datasets in attributes. Private to core/io.
#pragma once

#include "core/io/attributes.h"
#include "core/tensor/tensor_source.h"

#include <optional>
#include <string>

namespace nms {

/// Adds to what is known of a dataset, by its attributes MATLAB_class and MATLAB_empty: texts, cells, structures and empty
/// arrays are made unreadable with the reason; of numbers the note tells that MATLAB counts the dimensions the other way
/// round. Nothing happens to datasets without these attributes, or that are unreadable already for reasons of their own
/// other than their type.
void describeMatlab(const Attributes &attributes, TensorInfo &info);

} // namespace nms
