// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/naive_algebra.h"

#include <cmath>

namespace nms::test {

namespace {

/// Gauss-Jordan elimination without pivoting; returns false if a pivot is not positive.
bool invertInPlace(Matrix<double> &a)
{
    const std::int64_t n = a.rows();
    Matrix<double> inverse(n, n);
    for (std::int64_t i = 0; i < n; ++i)
        inverse(i, i) = 1;
    for (std::int64_t k = 0; k < n; ++k) {
        const double pivot = a(k, k);
        if (!(pivot > 0))
            return false;
        for (std::int64_t j = 0; j < n; ++j) {
            a(k, j) /= pivot;
            inverse(k, j) /= pivot;
        }
        for (std::int64_t i = 0; i < n; ++i) {
            const double factor = a(i, k);
            if (i == k || factor == 0)
                continue;
            for (std::int64_t j = 0; j < n; ++j) {
                a(i, j) -= factor * a(k, j);
                inverse(i, j) -= factor * inverse(k, j);
            }
        }
    }
    a = inverse;
    return true;
}

/// Cholesky decomposition: a = lower · lowerᵀ.
bool choleskyOf(const Matrix<double> &a, Matrix<double> &lower)
{
    const std::int64_t n = a.rows();
    lower = Matrix<double>(n, n);
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j <= i; ++j) {
            double sum = a(i, j);
            for (std::int64_t k = 0; k < j; ++k)
                sum -= lower(i, k) * lower(j, k);
            if (i == j && !(sum > 0))
                return false;
            lower(i, j) = i == j ? std::sqrt(sum) : sum / lower(j, j);
        }
    return true;
}

class NaiveGram final : public GramSum
{
public:
    explicit NaiveGram(std::int64_t inputs) : m_sum(inputs, inputs) { }
    Status add(Span2d<const float> x) override
    {
        for (std::int64_t row = 0; row < x.rows; ++row)
            for (std::int64_t i = 0; i < x.cols; ++i)
                for (std::int64_t j = 0; j < x.cols; ++j)
                    m_sum(i, j) += double(x(row, i)) * double(x(row, j));
        return {};
    }
    Result<Matrix<double>> finish() override { return std::move(m_sum); }

private:
    Matrix<double> m_sum;
};

class NaiveSymmetric final : public SymmetricOperator
{
public:
    explicit NaiveSymmetric(Span2d<const float> h) : m_h(h.rows, h.cols)
    {
        for (std::int64_t i = 0; i < h.rows; ++i)
            for (std::int64_t j = 0; j < h.cols; ++j)
                m_h(i, j) = double(h(i, j));
    }
    Status multiply(Span2d<const float> rows, Span2d<float> out) override { return product(rows, m_h, out); }
    Status invert(double shift, std::int64_t) override
    {
        m_inverse = m_h;
        for (std::int64_t i = 0; i < m_h.rows(); ++i)
            m_inverse(i, i) += shift;
        return invertInPlace(m_inverse) ? Status() : fail(notPositiveDefinite());
    }
    Status multiplyInverse(Span2d<const float> rows, Span2d<float> out) override { return product(rows, m_inverse, out); }

private:
    static Status product(Span2d<const float> rows, const Matrix<double> &by, Span2d<float> out)
    {
        for (std::int64_t i = 0; i < rows.rows; ++i)
            for (std::int64_t j = 0; j < rows.cols; ++j) {
                double sum = 0;
                for (std::int64_t k = 0; k < rows.cols; ++k)
                    sum += double(rows(i, k)) * by(k, j);
                out(i, j) = static_cast<float>(sum);
            }
        return {};
    }
    Matrix<double> m_h, m_inverse;
};

class NaiveAlgebra final : public LinearAlgebra
{
public:
    std::string id() const override { return "naive"; }
    Result<std::unique_ptr<GramSum>> startGram(std::int64_t inputs, int) override
    {
        return std::make_unique<NaiveGram>(inputs);
    }
    Result<std::unique_ptr<SymmetricOperator>> symmetric(Span2d<const float> h, int) override
    {
        return std::make_unique<NaiveSymmetric>(h);
    }
    Status inverseFactor(Matrix<double> &h, Matrix<float> &upper, int) override
    {
        Matrix<double> inverse = h, lower;
        if (!invertInPlace(inverse) || !choleskyOf(inverse, lower))
            return fail(notPositiveDefinite());
        upper = Matrix<float>(h.rows(), h.cols()); // H⁻¹ = LLᵀ, so U = Lᵀ
        for (std::int64_t i = 0; i < h.rows(); ++i)
            for (std::int64_t j = 0; j <= i; ++j)
                upper(j, i) = static_cast<float>(lower(i, j));
        return {};
    }
    Result<std::int64_t> dependentInputs(Matrix<double> &h, int) override
    {
        for (std::int64_t i = 0; i < h.rows(); ++i)
            h(i, i) += dependentPart;
        Matrix<double> lower;
        if (!choleskyOf(h, lower))
            return 1;
        std::int64_t count = 0;
        for (std::int64_t i = 0; i < h.rows(); ++i)
            count += lower(i, i) * lower(i, i) < 2 * dependentPart ? 1 : 0;
        return count;
    }
    Status subtractProduct(Span2d<const float> a, Span2d<const float> b, Span2d<float> c, int) override
    {
        for (std::int64_t i = 0; i < c.rows; ++i)
            for (std::int64_t j = 0; j < c.cols; ++j) {
                double sum = 0;
                for (std::int64_t k = 0; k < a.cols; ++k)
                    sum += double(a(i, k)) * double(b(k, j));
                c(i, j) -= static_cast<float>(sum);
            }
        return {};
    }
};

} // namespace

std::unique_ptr<LinearAlgebra> makeNaiveAlgebra()
{
    return std::make_unique<NaiveAlgebra>();
}

} // namespace nms::test
