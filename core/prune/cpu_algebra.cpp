// SPDX-License-Identifier: Apache-2.0
#include "core/prune/cpu_algebra.h"

#include "core/base/parallel.h"

#include <Eigen/Core>
#include <algorithm>
#include <cblas.h>
#include <lapacke.h>
#include <new>
#include <vector>

namespace nms {

namespace {

template <class T> using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Strided = Eigen::OuterStride<>;
template <class T> using View = Eigen::Map<RowMajor<T>, 0, Strided>;
template <class T> using ConstView = Eigen::Map<const RowMajor<T>, 0, Strided>;

template <class T> ConstView<T> eigen(Span2d<const T> a)
{
    return {a.data, a.rows, a.cols, Strided(a.stride)};
}
template <class T> View<T> eigen(Span2d<T> a)
{
    return {a.data, a.rows, a.cols, Strided(a.stride)};
}

void useThreads(int threads)
{
    openblas_set_num_threads(threads > 0 ? threads : hardwareThreads());
}

template <class F> Status withMemoryErrors(const char *what, F &&work)
{
    try {
        return work();
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, what, "not enough memory", "prune on a machine with more memory");
    }
}

/// Input error where LAPACK met a pivot that is not positive.
Status factorStatus(lapack_int info)
{
    if (info > 0)
        return fail(notPositiveDefinite());
    if (info < 0)
        return fail(ErrorKind::Internal, "LAPACK", "refused argument " + std::to_string(-info));
    return {};
}

class CpuGram final : public GramSum
{
public:
    CpuGram(std::int64_t inputs, int threads) : m_threads(threads), m_panel(inputs, inputs), m_sum(inputs, inputs) { }

    Status add(Span2d<const float> x) override
    {
        useThreads(m_threads);
        constexpr std::int64_t panelRows = 1024; // so few that float32 sums of their products stay accurate
        for (std::int64_t row = 0; row < x.rows; row += panelRows) {
            const ConstView<float> rows = eigen(x.block(row, 0, std::min(panelRows, x.rows - row), x.cols));
            View<float> panel = eigen(m_panel.span());
            panel.setZero();
            panel.selfadjointView<Eigen::Lower>().rankUpdate(rows.transpose());
            forRows([&](std::int64_t i) {
                for (std::int64_t j = 0; j <= i; ++j)
                    m_sum(i, j) += double(m_panel(i, j));
            });
        }
        return {};
    }

    Result<Matrix<double>> finish() override
    {
        forRows([&](std::int64_t i) {
            for (std::int64_t j = 0; j < i; ++j)
                m_sum(j, i) = m_sum(i, j);
        });
        return std::move(m_sum);
    }

private:
    template <class F> void forRows(F &&row) const
    {
        parallelBlocks(m_panel.rows(), 32, m_threads, {}, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                row(i);
        });
    }

    const int m_threads;
    Matrix<float> m_panel;
    Matrix<double> m_sum;
};

class CpuSymmetric final : public SymmetricOperator
{
public:
    CpuSymmetric(Span2d<const float> h, int threads) : m_threads(threads), m_h(copyOf(h)) { }

    Status multiply(Span2d<const float> rows, Span2d<float> out) override
    {
        useThreads(m_threads);
        eigen(out).noalias() = eigen(rows) * eigen(Span2d<const float>(m_h.span()));
        return {};
    }

    /// Few rows are solved with the factor, more are multiplied with the inverse: to make that takes as long as solving
    /// about 1.8 C rows costs more than multiplying them.
    Status invert(double shift, std::int64_t rows) override
    {
        useThreads(m_threads);
        const std::int64_t size = m_h.rows();
        const auto n = lapack_int(size);
        m_inverse = m_h;
        for (std::int64_t i = 0; i < size; ++i)
            m_inverse(i, i) += float(shift);
        // Symmetric: LAPACK's upper triangle is our lower one.
        if (const Status factored = factorStatus(LAPACKE_spotrf(LAPACK_COL_MAJOR, 'U', n, m_inverse.data(), n)); !factored)
            return factored;
        m_isFactor = rows < 9 * size / 5;
        if (m_isFactor)
            return {};
        if (const Status inverted = factorStatus(LAPACKE_spotri(LAPACK_COL_MAJOR, 'U', n, m_inverse.data(), n)); !inverted)
            return inverted;
        parallelBlocks(size, 32, m_threads, {}, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                for (std::int64_t j = i + 1; j < size; ++j)
                    m_inverse(i, j) = m_inverse(j, i);
        });
        return {};
    }

    Status multiplyInverse(Span2d<const float> rows, Span2d<float> out) override
    {
        useThreads(m_threads);
        if (!m_isFactor) {
            eigen(out).noalias() = eigen(rows) * eigen(Span2d<const float>(m_inverse.span()));
            return {};
        }
        const int count = int(rows.rows), n = int(rows.cols), stride = int(out.stride);
        eigen(out) = eigen(rows);
        for (const CBLAS_TRANSPOSE transposed : {CblasTrans, CblasNoTrans})
            cblas_strsm(CblasRowMajor, CblasRight, CblasLower, transposed, CblasNonUnit, count, n, 1, m_inverse.data(), n,
                        out.data, stride);
        return {};
    }

private:
    const int m_threads;
    const Matrix<float> m_h;
    Matrix<float> m_inverse; // or, in the lower triangle, the factor L of LLᵀ
    bool m_isFactor = false;
};

class CpuAlgebra final : public LinearAlgebra
{
public:
    std::string id() const override { return "cpu"; }

    Result<std::unique_ptr<GramSum>> startGram(std::int64_t inputs, int threads) override
    {
        std::unique_ptr<GramSum> sum;
        const Status made = withMemoryErrors("XᵀX", [&]() -> Status {
            sum = std::make_unique<CpuGram>(inputs, threads);
            return {};
        });
        return made ? Result<std::unique_ptr<GramSum>>(std::move(sum)) : fail(made.error());
    }

    Result<std::unique_ptr<SymmetricOperator>> symmetric(Span2d<const float> h, int threads) override
    {
        std::unique_ptr<SymmetricOperator> made;
        const Status status = withMemoryErrors("H", [&]() -> Status {
            made = std::make_unique<CpuSymmetric>(h, threads);
            return {};
        });
        return status ? Result<std::unique_ptr<SymmetricOperator>>(std::move(made)) : fail(status.error());
    }

    /// With both axes reversed a lower factor H = LLᵀ becomes an upper one of that side, H = VVᵀ, and U = V⁻¹: one
    /// factorisation and the inverse of a triangle, where factor, inverse and factor again take twice as long.
    Status inverseFactor(Matrix<double> &h, Matrix<float> &upper, int threads) override
    {
        useThreads(threads);
        const std::int64_t size = h.rows();
        const auto n = lapack_int(size);
        std::reverse(h.data(), h.data() + h.size());
        Status factored = factorStatus(LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', n, h.data(), n));
        if (factored)
            factored = factorStatus(LAPACKE_dtrtri(LAPACK_COL_MAJOR, 'U', 'N', n, h.data(), n));
        if (!factored)
            return factored;
        return withMemoryErrors("the factor of H", [&]() -> Status {
            upper = Matrix<float>(size, size);
            // In memory the factor is our lower triangle: row i of it, reversed, is row n−1−i of U.
            parallelBlocks(size, 32, threads, {}, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t i = begin; i < end; ++i)
                    for (std::int64_t j = 0; j <= i; ++j)
                        upper(size - 1 - i, size - 1 - j) = float(h(i, j));
            });
            return {};
        });
    }

    Result<std::int64_t> dependentInputs(Matrix<double> &h, int threads) override
    {
        useThreads(threads);
        const auto n = lapack_int(h.rows());
        for (std::int64_t i = 0; i < h.rows(); ++i)
            h(i, i) += dependentPart;
        const lapack_int info = LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', n, h.data(), n);
        if (info < 0)
            return fail(factorStatus(info).error());
        std::vector<double> diagonal(static_cast<std::size_t>(h.rows()));
        for (std::int64_t i = 0; i < h.rows(); ++i)
            diagonal[std::size_t(i)] = h(i, i);
        return countDependent(diagonal, info);
    }

    Status subtractProduct(Span2d<const float> a, Span2d<const float> b, Span2d<float> c, int threads) override
    {
        useThreads(threads);
        eigen(c).noalias() -= eigen(a) * eigen(b);
        return {};
    }
};

} // namespace

std::unique_ptr<LinearAlgebra> makeCpuAlgebra()
{
    return std::make_unique<CpuAlgebra>();
}

} // namespace nms
