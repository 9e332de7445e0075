// SPDX-License-Identifier: Apache-2.0
// One NumPy array in a file (.npy). Private to core/io: others open it through weights_file.h.
#pragma once

#include "core/io/weights_format.h"

namespace nms {

/// Its tensor is called as the file is, without ".npy".
extern const WeightsFormat npyFormat;

} // namespace nms
