// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/sparsity/mask.h"

#include <cstdint>
#include <functional>

namespace nms {

/// What a thread that solves rows of weights does with them before and after, while they are in its caches. Called for whole
/// rows of tiles [row0, row0 + rows), by several threads at once.
struct RowWork {
    std::function<Status(std::int64_t row0, std::int64_t rows)> fill; // the weights of these rows
    std::function<void(std::int64_t row0, std::int64_t rows, const Mask &mask)> use; // of the mask, these rows alone
};

} // namespace nms
