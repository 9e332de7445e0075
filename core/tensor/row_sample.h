// SPDX-License-Identifier: Apache-2.0
// What a large matrix looks like from far out, estimated from a few of its rows, long before all of it has been read.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <optional>
#include <stop_token>

namespace nms {

/// One texel for each cellsPerTexel × cellsPerTexel cells (fewer at the edges), of which only `rowsPerTexel` rows were read
/// (fewer at the lower edge). The rows are chosen at random places, one in each of rowsPerTexel strips of equal height, so
/// that nothing that repeats in the matrix is always hit or always missed; a structure that is thinner than the distance of
/// the rows may still be missed, or appear as large as the texel.
struct RowSample {
    std::int64_t cellsPerTexel = 1;
    std::int64_t rowsPerTexel = 1;
    Matrix<float> magnitude; // mean of |cell| over the cells read; NaN or Inf if there are any, Inf if float cannot hold it
};

/// What a sample may cost, and what it is to be good for.
struct SampleLimits {
    std::int64_t bytes = std::int64_t(32) << 20; // read, in the tensor's own type
    std::int64_t mostTexels = 1024; // along the longer side: a screen shows no more
    std::int64_t leastTexels = 256; // with fewer there is no sample
    std::int64_t leastRowsToOne = 8; // rows of the matrix for each row read: fewer are as quickly read altogether
};

/// Samples a matrix (TensorInfo::isMatrix) on all cores where `source` reads it in parallel. Empty where rows cannot be read
/// without too many others (TensorSource::rowsReadWithOne), and where the matrix is too small for these limits. The same
/// file gives the same sample. Cancelled when `stop` is requested; errors of reading.
Result<std::optional<RowSample>> sampleRows(TensorSource &source, const TensorInfo &tensor, const SampleLimits &limits = {},
                                            const std::stop_token &stop = {});

} // namespace nms
