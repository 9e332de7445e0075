// SPDX-License-Identifier: Apache-2.0
// Stored weights and their values.
#pragma once

#include "gpu/cuda/launches.h"
#include "gpu/cuda/warp/lanes.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// How a weight is stored, and its value: exact, including denormals and NaN.
struct StoredFloat32 {
    using Element = float;
    static NMS_FN float value(float x) { return x; }
};
struct StoredFloat16 {
    using Element = std::uint16_t;
    static NMS_FN float value(std::uint16_t x) { return floatOfHalf(x); }
};
struct StoredBFloat16 {
    using Element = std::uint16_t;
    static NMS_FN float value(std::uint16_t x) { return floatOfBits(std::uint32_t(x) << 16); }
};

/// Calls `body` with the storage type of the problem's weights: a single branch for all weights.
template <class Body> NMS_FN void withStorage(ElementType type, Body body)
{
    switch (type) {
    case ElementType::Float32:
        return body(StoredFloat32());
    case ElementType::Float16:
        return body(StoredFloat16());
    case ElementType::BFloat16:
        return body(StoredBFloat16());
    }
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
