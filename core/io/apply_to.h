// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/tensor/tensor_source.h"

#include <span>

namespace nms {

/// The weights that masks are applied to.
struct ApplyTo {
    TensorSource *source = nullptr; // the open input; it stays
    std::span<const TensorInfo> tensors; // of it, those that may be masked
    bool copyRest = false; // of a folder: what lies beside the weights, too
};

} // namespace nms
