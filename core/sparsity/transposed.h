// SPDX-License-Identifier: Apache-2.0
// Transposes, for layers that a file stores as inputs × outputs.
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/mask.h"

namespace nms {

template <class T> Matrix<T> transposedOf(const Matrix<T> &matrix)
{
    Matrix<T> other(matrix.cols(), matrix.rows());
    for (std::int64_t row = 0; row < matrix.rows(); ++row)
        for (std::int64_t col = 0; col < matrix.cols(); ++col)
            other(col, row) = matrix(row, col);
    return other;
}

inline Mask transposedOf(const Mask &mask)
{
    Mask other(mask.cols(), mask.rows());
    for (std::int64_t row = 0; row < mask.rows(); ++row)
        for (std::int64_t col = 0; col < mask.cols(); ++col)
            if (mask.at(row, col))
                other.set(col, row, true);
    return other;
}

} // namespace nms
