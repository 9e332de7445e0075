// SPDX-License-Identifier: Apache-2.0
// Operations on n × n matrices that cuBLAS and cuSOLVER lack, for row-major and column-major order alike. Private to
// gpu/cuda.
#pragma once

#include <cstdint>
#include <cuda_runtime_api.h>

namespace nms::algebra {

/// to = h + shift·I.
cudaError_t shifted(const float *h, std::int64_t n, float shift, float *to, cudaStream_t stream);
/// Copies one triangle into the other, such that row ≥ column (in row-major order) is filled.
cudaError_t mirror(float *matrix, std::int64_t n, cudaStream_t stream);
/// sum += panel, for `count` values.
cudaError_t accumulate(const float *panel, std::int64_t count, double *sum, cudaStream_t stream);
cudaError_t identity(double *matrix, std::int64_t n, cudaStream_t stream);

} // namespace nms::algebra
