// SPDX-License-Identifier: Apache-2.0
// NumPy arrays in a zip archive (.npz). Private to core/io: others open it through weights_file.h.
#pragma once

#include "core/io/weights_format.h"

namespace nms {

/// Its tensors are called as the members are, without ".npy". Members are stored or deflated; others, and those that are
/// encrypted, are listed as unreadable.
extern const WeightsFormat npzFormat;

} // namespace nms
