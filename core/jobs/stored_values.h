// SPDX-License-Identifier: Apache-2.0
// Pruned values in the type and order of their file. Private to core/jobs.
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/mask.h"
#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace nms::jobs {

/// True for types in which pruned values can be written.
bool canStore(DType dtype);

/// A whole tensor in its file's type and order, filled matrix by matrix.
class StoredValues
{
public:
    explicit StoredValues(const TensorInfo &tensor);

    /// Stores matrix number `matrix` of the stack, in the file's orientation. Dropped entries become 0; kept ones are
    /// rounded to nearest, but a nonzero value that would round to 0 becomes the smallest nonzero number of the type.
    /// `values` are as returned by TensorSource::readRows (divided by 2^exponent), and are set to what was stored.
    void put(std::int64_t matrix, const Mask &mask, Span2d<float> values);

    /// Raw, little-endian. May be called once.
    std::vector<std::byte> takeBytes() { return std::move(m_bytes); }

private:
    float store(float value, std::int64_t place);

    const TensorInfo m_tensor;
    std::vector<std::byte> m_bytes;
};

} // namespace nms::jobs
