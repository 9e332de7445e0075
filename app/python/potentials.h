// SPDX-License-Identifier: Apache-2.0
// nmscope.Potentials: what a solve leaves for the next one of the same weights, changed a little.
#pragma once

#include "core/solver/warm_tiles.h"

#include <mutex>

namespace nms::python {

/// One solve at a time; the lock is held by the one that uses them.
struct Potentials {
    std::mutex mutex;
    TilePotentials tiles;
};

} // namespace nms::python
