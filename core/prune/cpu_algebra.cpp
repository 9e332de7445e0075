// SPDX-License-Identifier: Apache-2.0
#include "core/prune/cpu_algebra.h"

#include "core/base/exceptions.h"
#include "core/base/parallel.h"
#include "core/prune/blas_library.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace nms {

namespace {

/// The library, set to use as many threads as allowed and as are worthwhile for this number of multiplications: for little
/// work, threads lose more time waiting for each other than they save, above all where other programs use the processors
/// too.
const BlasLibrary &on(const BlasLibrary &blas, int threads, double work)
{
    constexpr double workOfThread = 2e8; // takes some milliseconds
    const int most = threads > 0 ? threads : hardwareThreads();
    blas.setThreads(static_cast<int>(std::clamp(work / workOfThread, 1.0, double(most))));
    return blas;
}

double cube(std::int64_t n)
{
    return double(n) * double(n) * double(n);
}

/// The rows of a product are independent: blocks of them are given to our own threads, each of which uses one thread of the
/// library, so that threads do not wait for each other in every call.
void byRows(const BlasLibrary &blas, std::int64_t rows, int threads,
            const std::function<void(std::int64_t first, std::int64_t count)> &work)
{
    constexpr std::int64_t least = 128; // the right-hand matrix is packed anew for each block
    const std::int64_t workers = threads > 0 ? threads : hardwareThreads();
    const std::int64_t block = std::max(least, (rows + workers - 1) / workers);
    blas.setThreads(1);
    parallelBlocks(rows, block, threads, {}, [&](std::int64_t begin, std::int64_t end) { work(begin, end - begin); });
}

/// c = alpha · a · b + beta · c.
void product(const BlasLibrary &blas, int threads, Span2d<const float> a, Span2d<const float> b, Span2d<float> c,
             float alpha, float beta)
{
    byRows(blas, a.rows, threads, [&](std::int64_t first, std::int64_t count) {
        const Span2d<const float> rows = a.block(first, 0, count, a.cols);
        const Span2d<float> out = c.block(first, 0, count, c.cols);
        blas.sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(count), blasint(b.cols), blasint(a.cols), alpha,
                   rows.data, blasint(rows.stride), b.data, blasint(b.stride), beta, out.data, blasint(out.stride));
    });
}

constexpr const char *moreMemory = "prune on a machine with more memory";

/// Input error if LAPACK found a pivot that is not positive.
Status factorStatus(int info)
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
    CpuGram(const BlasLibrary &blas, std::int64_t inputs, int threads)
        : m_blas(blas), m_threads(threads), m_panel(inputs, inputs), m_sum(inputs, inputs)
    { }

    Status add(Span2d<const float> x) override
    {
        constexpr std::int64_t panelRows = 1024; // small enough that float32 sums of products stay accurate
        for (std::int64_t row = 0; row < x.rows; row += panelRows) {
            const Span2d<const float> part = x.block(row, 0, std::min(panelRows, x.rows - row), x.cols);
            on(m_blas, m_threads, double(part.rows) * double(x.cols) * double(x.cols) / 2)
                .ssyrk(CblasRowMajor, CblasLower, CblasTrans, blasint(x.cols), blasint(part.rows), 1, part.data,
                       blasint(part.stride), 0, m_panel.data(), blasint(x.cols));
            forRows([&](std::int64_t i) {
                for (std::int64_t j = 0; j <= i; ++j)
                    m_sum(i, j) += double(m_panel(i, j));
            });
        }
        return {};
    }

    Result<Matrix<double>> finish() override
    {
        m_panel = {};
        forRows([&](std::int64_t i) {
            for (std::int64_t j = 0; j < i; ++j)
                m_sum(j, i) = m_sum(i, j);
        });
        return std::move(m_sum);
    }

private:
    template <class F> void forRows(F &&row) const
    {
        parallelBlocks(m_sum.rows(), 32, m_threads, {}, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                row(i);
        });
    }

    const BlasLibrary &m_blas;
    const int m_threads;
    Matrix<float> m_panel;
    Matrix<double> m_sum;
};

class CpuSymmetric final : public SymmetricOperator
{
public:
    CpuSymmetric(const BlasLibrary &blas, Span2d<const float> h, int threads)
        : m_blas(blas), m_threads(threads), m_h(copyOf(h))
    { }

    Status multiply(Span2d<const float> rows, Span2d<float> out) override
    {
        product(m_blas, m_threads, rows, m_h.span(), out, 1, 0);
        return {};
    }

    /// For few rows the factor is kept and each row is solved with it; from 1.6 C rows on it is faster to compute the
    /// inverse and multiply with it.
    Status invert(double shift, std::int64_t rows) override
    {
        const std::int64_t size = m_h.rows();
        const int n = int(size);
        int info = 0;
        m_inverse = m_h;
        for (std::int64_t i = 0; i < size; ++i)
            m_inverse(i, i) += float(shift);
        // The matrix is symmetric: LAPACK (column-major) calls our lower triangle the upper one.
        on(m_blas, m_threads, cube(size) / 3).spotrf("U", &n, m_inverse.data(), &n, &info, 1);
        if (const Status factored = factorStatus(info); !factored)
            return factored;
        m_isFactor = rows < 8 * size / 5;
        if (m_isFactor)
            return {};
        m_blas.spotri("U", &n, m_inverse.data(), &n, &info, 1);
        if (const Status inverted = factorStatus(info); !inverted)
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
        if (!m_isFactor) {
            product(m_blas, m_threads, rows, m_inverse.span(), out, 1, 0);
            return {};
        }
        byRows(m_blas, rows.rows, m_threads, [&](std::int64_t first, std::int64_t count) {
            const Span2d<float> part = out.block(first, 0, count, out.cols);
            for (std::int64_t row = 0; row < count; ++row)
                std::ranges::copy(rows.row(first + row), part.row(row).begin());
            for (const CBLAS_TRANSPOSE transposed : {CblasTrans, CblasNoTrans})
                m_blas.strsm(CblasRowMajor, CblasRight, CblasLower, transposed, CblasNonUnit, blasint(count),
                             blasint(out.cols), 1, m_inverse.data(), blasint(out.cols), part.data, blasint(part.stride));
        });
        return {};
    }

private:
    const BlasLibrary &m_blas;
    const int m_threads;
    const Matrix<float> m_h;
    Matrix<float> m_inverse; // or the factor L of LLᵀ, in the lower triangle
    bool m_isFactor = false;
};

class CpuAlgebra final : public LinearAlgebra
{
public:
    std::string id() const override { return "cpu"; }

    Result<std::unique_ptr<GramSum>> startGram(std::int64_t inputs, int threads) override
    {
        const auto blas = blasLibrary();
        if (!blas)
            return fail(blas.error());
        std::unique_ptr<GramSum> sum;
        const Status made = withMemoryErrors("XᵀX", moreMemory, [&]() -> Status {
            sum = std::make_unique<CpuGram>(**blas, inputs, threads);
            return {};
        });
        return made ? Result<std::unique_ptr<GramSum>>(std::move(sum)) : fail(made.error());
    }

    Result<std::unique_ptr<SymmetricOperator>> symmetric(Span2d<const float> h, int threads) override
    {
        const auto blas = blasLibrary();
        if (!blas)
            return fail(blas.error());
        std::unique_ptr<SymmetricOperator> made;
        const Status status = withMemoryErrors("H", moreMemory, [&]() -> Status {
            made = std::make_unique<CpuSymmetric>(**blas, h, threads);
            return {};
        });
        return status ? Result<std::unique_ptr<SymmetricOperator>>(std::move(made)) : fail(status.error());
    }

    /// With both axes reversed, a lower factor H = LLᵀ becomes an upper factor, H = VVᵀ, and U = V⁻¹. This takes one
    /// factorisation and the inverse of a triangle; to factor, invert and factor again would take twice as long.
    Status inverseFactor(Matrix<double> &h, Matrix<float> &upper, int threads) override
    {
        const auto blas = blasLibrary();
        if (!blas)
            return fail(blas.error());
        const std::int64_t size = h.rows();
        const int n = int(size);
        int info = 0;
        std::reverse(h.data(), h.data() + h.size());
        on(**blas, threads, cube(h.rows()) / 3).dpotrf("U", &n, h.data(), &n, &info, 1);
        if (info == 0)
            (*blas)->dtrtri("U", "N", &n, h.data(), &n, &info, 1, 1);
        if (const Status factored = factorStatus(info); !factored)
            return factored;
        return withMemoryErrors("the factor of H", moreMemory, [&]() -> Status {
            upper = Matrix<float>(size, size);
            // In memory the factor is our lower triangle: its row i, reversed, is row n−1−i of U.
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
        const auto blas = blasLibrary();
        if (!blas)
            return fail(blas.error());
        const int n = int(h.rows());
        int info = 0;
        for (std::int64_t i = 0; i < h.rows(); ++i)
            h(i, i) += dependentPart;
        on(**blas, threads, cube(h.rows()) / 3).dpotrf("U", &n, h.data(), &n, &info, 1);
        if (info < 0)
            return fail(factorStatus(info).error());
        std::vector<double> diagonal(static_cast<std::size_t>(h.rows()));
        for (std::int64_t i = 0; i < h.rows(); ++i)
            diagonal[std::size_t(i)] = h(i, i);
        return countDependent(diagonal, info);
    }

    Status subtractProduct(Span2d<const float> a, Span2d<const float> b, Span2d<float> c, int threads) override
    {
        const auto blas = blasLibrary();
        if (!blas)
            return fail(blas.error());
        product(**blas, threads, a, b, c, -1, 1);
        return {};
    }
};

} // namespace

std::unique_ptr<LinearAlgebra> makeCpuAlgebra()
{
    return std::make_unique<CpuAlgebra>();
}

} // namespace nms
