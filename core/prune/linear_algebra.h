// SPDX-License-Identifier: Apache-2.0
// The linear algebra that pruning needs, behind one interface: OpenBLAS with its LAPACK on the CPU (cpu_algebra.h), cuBLAS
// and cuSOLVER on a GPU (gpu/cuda/cuda_algebra.h). All matrices are in host memory, row-major.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace nms {

/// An input counts as a linear combination of those before it if no more than this part of its sum of squares is independent
/// of them.
inline constexpr double dependentPart = 1e-6;

/// Number of inputs that are linear combinations of those before them, from the diagonal of a Cholesky factor of H +
/// dependentPart·I (H with a unit diagonal) and LAPACK's info. At least one if the factorisation stopped early (rounding
/// made H indefinite).
inline std::int64_t countDependent(std::span<const double> diagonal, int info)
{
    std::int64_t count = info > 0 ? 1 : 0;
    for (std::size_t i = 0; i < (info > 0 ? std::size_t(info - 1) : diagonal.size()); ++i)
        count += diagonal[i] * diagonal[i] < 2 * dependentPart ? 1 : 0;
    return count;
}

/// The error for a matrix that has no Cholesky factor.
inline Error notPositiveDefinite()
{
    return {ErrorKind::Input, "H", "is not positive definite", "raise --damping, or give more samples"};
}

/// Sums XᵀX over panels of samples: products in float32, sums of panels in double. One thread at a time.
class GramSum
{
public:
    virtual ~GramSum() = default;

    /// x is samples × inputs, finite. Resource or Device error.
    virtual Status add(Span2d<const float> x) = 0;
    /// The sum, inputs × inputs, exactly symmetric. May be called once.
    virtual Result<Matrix<double>> finish() = 0;
};

/// A symmetric positive semidefinite C × C matrix H by which many rows are multiplied. One thread at a time.
class SymmetricOperator
{
public:
    virtual ~SymmetricOperator() = default;

    /// out = rows · H; both have C columns and the same number of rows.
    virtual Status multiply(Span2d<const float> rows, Span2d<float> out) = 0;
    /// Prepares (H + shift·I)⁻¹ for products with `rows` rows in total (this decides whether the inverse or a factor is
    /// kept). Input error if the matrix is not positive definite.
    virtual Status invert(double shift, std::int64_t rows) = 0;
    /// out = rows · (H + shift·I)⁻¹ of the last invert().
    virtual Status multiplyInverse(Span2d<const float> rows, Span2d<float> out) = 0;
};

/// Any number of threads may use one instance, each with its own objects made by it; it must outlive them.
class LinearAlgebra
{
public:
    virtual ~LinearAlgebra() = default;

    virtual std::string id() const = 0; // "cpu", "cuda:0"

    /// `threads` of the CPU, 0: all cores.
    virtual Result<std::unique_ptr<GramSum>> startGram(std::int64_t inputs, int threads) = 0;

    /// Keeps a copy of H.
    virtual Result<std::unique_ptr<SymmetricOperator>> symmetric(Span2d<const float> h, int threads) = 0;

    /// The upper triangular U, zero below the diagonal, with H⁻¹ = UᵀU: the Cholesky factor of the inverse that SparseGPT's
    /// sweep uses. Computed in double. Overwrites `h`. Input error if H is not positive definite.
    virtual Status inverseFactor(Matrix<double> &h, Matrix<float> &upper, int threads) = 0;

    /// Number of inputs that are linear combinations of those before them, up to 10⁻⁶ of their sum of squares. `h` has a
    /// unit diagonal; it is overwritten.
    virtual Result<std::int64_t> dependentInputs(Matrix<double> &h, int threads) = 0;

    /// c −= a · b.
    virtual Status subtractProduct(Span2d<const float> a, Span2d<const float> b, Span2d<float> c, int threads) = 0;
};

} // namespace nms
