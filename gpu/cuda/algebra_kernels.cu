// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/algebra_kernels.h"

namespace nms::algebra {

namespace {

constexpr int blockSize = 256;

unsigned blocksFor(std::int64_t count)
{
    constexpr std::int64_t most = 1 << 20; // the kernels loop over the rest
    const std::int64_t blocks = (count + blockSize - 1) / blockSize;
    return unsigned(blocks < most ? blocks : most);
}

__device__ std::int64_t firstOf()
{
    return std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
}

__device__ std::int64_t stepOf()
{
    return std::int64_t(gridDim.x) * blockDim.x;
}

__global__ void shiftedKernel(const float *h, std::int64_t n, float shift, float *to)
{
    for (std::int64_t k = firstOf(); k < n * n; k += stepOf())
        to[k] = h[k] + (k / n == k % n ? shift : 0.0F);
}

__global__ void mirrorKernel(float *matrix, std::int64_t n)
{
    for (std::int64_t k = firstOf(); k < n * n; k += stepOf()) {
        const std::int64_t row = k / n, col = k % n;
        if (row > col)
            matrix[k] = matrix[col * n + row];
    }
}

__global__ void accumulateKernel(const float *panel, std::int64_t count, double *sum)
{
    for (std::int64_t k = firstOf(); k < count; k += stepOf())
        sum[k] += double(panel[k]);
}

__global__ void identityKernel(double *matrix, std::int64_t n)
{
    for (std::int64_t k = firstOf(); k < n * n; k += stepOf())
        matrix[k] = k / n == k % n ? 1.0 : 0.0;
}

} // namespace

cudaError_t shifted(const float *h, std::int64_t n, float shift, float *to, cudaStream_t stream)
{
    shiftedKernel<<<blocksFor(n * n), blockSize, 0, stream>>>(h, n, shift, to);
    return cudaGetLastError();
}

cudaError_t mirror(float *matrix, std::int64_t n, cudaStream_t stream)
{
    mirrorKernel<<<blocksFor(n * n), blockSize, 0, stream>>>(matrix, n);
    return cudaGetLastError();
}

cudaError_t accumulate(const float *panel, std::int64_t count, double *sum, cudaStream_t stream)
{
    accumulateKernel<<<blocksFor(count), blockSize, 0, stream>>>(panel, count, sum);
    return cudaGetLastError();
}

cudaError_t identity(double *matrix, std::int64_t n, cudaStream_t stream)
{
    identityKernel<<<blocksFor(n * n), blockSize, 0, stream>>>(matrix, n);
    return cudaGetLastError();
}

} // namespace nms::algebra
