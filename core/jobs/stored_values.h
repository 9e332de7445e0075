// SPDX-License-Identifier: Apache-2.0
// Pruned values in the type and the order of their file. Private to core/jobs.
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/mask.h"
#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace nms::jobs {

/// True for the types that pruned values are written in.
bool canStore(DType dtype);

/// A whole tensor in its file's type and order, filled matrix by matrix.
class StoredValues
{
public:
    explicit StoredValues(const TensorInfo &tensor);

    /// Matrix number `matrix` of the stack, in the file's orientation. What the mask drops becomes 0, and what it keeps is
    /// rounded to nearest, but never to 0 unless it was: where the type has nothing smaller it becomes the smallest.
    /// `values` are what TensorSource::readRows gives (divided by 2^exponent), and become what was stored.
    void put(std::int64_t matrix, const Mask &mask, Span2d<float> values);

    /// Raw, little-endian. Once.
    std::vector<std::byte> takeBytes() { return std::move(m_bytes); }

private:
    float store(float value, std::int64_t place);

    const TensorInfo m_tensor;
    std::vector<std::byte> m_bytes;
};

} // namespace nms::jobs
