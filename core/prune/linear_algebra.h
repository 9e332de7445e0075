// SPDX-License-Identifier: Apache-2.0
// What pruning asks of linear algebra, behind one interface: OpenBLAS with its LAPACK on the CPU (cpu_algebra.h), cuBLAS and
// cuSOLVER on a card (gpu/cuda/cuda_algebra.h). All matrices lie in the host's memory, row-major.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace nms {

/// What an input may have left beside those before it and still counts as their combination.
inline constexpr double dependentPart = 1e-6;

/// Of the diagonal of a Cholesky factor of H + dependentPart·I, H with a diagonal of ones, and LAPACK's info: how many
/// inputs are combinations of those before. Where the factorisation ended early (rounding made H negative) at least one.
inline std::int64_t countDependent(std::span<const double> diagonal, int info)
{
    std::int64_t count = info > 0 ? 1 : 0;
    for (std::size_t i = 0; i < (info > 0 ? std::size_t(info - 1) : diagonal.size()); ++i)
        count += diagonal[i] * diagonal[i] < 2 * dependentPart ? 1 : 0;
    return count;
}

/// The error of a matrix that has no Cholesky factor.
inline Error notPositiveDefinite()
{
    return {ErrorKind::Input, "H", "is not positive definite", "raise --damping, or give more samples"};
}

/// Sums XᵀX over panels of samples: products in float32, sums of panels in double. One thread at a time.
class GramSum
{
public:
    virtual ~GramSum() = default;

    /// x: samples × inputs, finite. Resource or Device error.
    virtual Status add(Span2d<const float> x) = 0;
    /// inputs × inputs, symmetric to the bit. Once.
    virtual Result<Matrix<double>> finish() = 0;
};

/// A symmetric positive semidefinite C × C matrix H that many rows are multiplied with. One thread at a time.
class SymmetricOperator
{
public:
    virtual ~SymmetricOperator() = default;

    /// out = rows · H; both are any number of rows × C.
    virtual Status multiply(Span2d<const float> rows, Span2d<float> out) = 0;
    /// Makes (H + shift·I)⁻¹ ready, to be multiplied with so many rows altogether (which decides how it is kept). Input
    /// error where that is not positive definite.
    virtual Status invert(double shift, std::int64_t rows) = 0;
    /// out = rows · (H + shift·I)⁻¹ of the last invert().
    virtual Status multiplyInverse(Span2d<const float> rows, Span2d<float> out) = 0;
};

/// Any number of threads may use one, each with objects of its own, which must not outlive it.
class LinearAlgebra
{
public:
    virtual ~LinearAlgebra() = default;

    virtual std::string id() const = 0; // "cpu", "cuda:0"

    /// `threads` of the CPU, 0: all cores.
    virtual Result<std::unique_ptr<GramSum>> startGram(std::int64_t inputs, int threads) = 0;

    /// Keeps a copy of H.
    virtual Result<std::unique_ptr<SymmetricOperator>> symmetric(Span2d<const float> h, int threads) = 0;

    /// The upper triangular U, zero below the diagonal, with H⁻¹ = UᵀU: the inverse's Cholesky factor by which SparseGPT
    /// sweeps. In double. Overwrites `h`. Input error where H is not positive definite.
    virtual Status inverseFactor(Matrix<double> &h, Matrix<float> &upper, int threads) = 0;

    /// How many inputs are, but for 10⁻⁶ of their sum of squares, a linear combination of those before them. `h` has a
    /// diagonal of ones; overwritten.
    virtual Result<std::int64_t> dependentInputs(Matrix<double> &h, int threads) = 0;

    /// c −= a · b.
    virtual Status subtractProduct(Span2d<const float> a, Span2d<const float> b, Span2d<float> c, int threads) = 0;
};

} // namespace nms
