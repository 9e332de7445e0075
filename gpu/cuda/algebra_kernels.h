// SPDX-License-Identifier: Apache-2.0
// What cuBLAS and cuSOLVER leave to do on n × n matrices, row-major or column-major alike. Private to gpu/cuda.
#pragma once

#include <cstdint>
#include <cuda_runtime_api.h>

namespace nms::algebra {

/// to = h + shift·I.
cudaError_t shifted(const float *h, std::int64_t n, float shift, float *to, cudaStream_t stream);
/// The half with row ≥ column (in row-major order) from the other half.
cudaError_t mirror(float *matrix, std::int64_t n, cudaStream_t stream);
/// sum += panel, of count values.
cudaError_t accumulate(const float *panel, std::int64_t count, double *sum, cudaStream_t stream);
cudaError_t identity(double *matrix, std::int64_t n, cudaStream_t stream);

} // namespace nms::algebra
