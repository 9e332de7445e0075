// SPDX-License-Identifier: Apache-2.0
// Attributes of datasets in MATLAB's files (v7.3: HDF5 after a user block of 512 bytes). Private to core/io.
#pragma once

#include "core/io/attributes.h"
#include "core/tensor/tensor_source.h"

#include <optional>
#include <string>

namespace nms {

/// Completes the description of a dataset by its attributes MATLAB_class and MATLAB_empty: strings, cells, structures and
/// empty arrays become unreadable, with the reason; for numbers a note says that MATLAB lists the dimensions in reverse
/// order. Does nothing for datasets without these attributes, or that are already unreadable for another reason than their
/// type.
void describeMatlab(const Attributes &attributes, TensorInfo &info);

} // namespace nms
