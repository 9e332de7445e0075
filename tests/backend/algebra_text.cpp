// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/algebra_text.h"

#include "core/prune/prune_layer.h"
#include "core/prune/reconstruction_error.h"
#include "core/solver/cpu_backend.h"
#include "tests/backend/naive_algebra.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace nms::test {

namespace {

Matrix<float> gaussian(std::int64_t rows, std::int64_t cols, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    Matrix<float> matrix(rows, cols);
    std::generate_n(matrix.data(), matrix.size(), [&] { return normal(random); });
    return matrix;
}

/// max |a − b| / max |b|.
template <class T> double distance(Span2d<const T> a, Span2d<const T> b)
{
    double most = 0, scale = 0;
    for (std::int64_t i = 0; i < a.rows; ++i)
        for (std::int64_t j = 0; j < a.cols; ++j) {
            most = std::max(most, std::abs(double(a(i, j)) - double(b(i, j))));
            scale = std::max(scale, std::abs(double(b(i, j))));
        }
    return scale > 0 ? most / scale : most;
}
template <class T> double distance(const Matrix<T> &a, const Matrix<T> &b)
{
    return distance(a.span(), b.span());
}

void succeeds(const Status &status, const std::string &what, Checks &checks)
{
    checks.expect(status.has_value(), what + (status ? "" : ": " + status.error().line()));
}

/// A positive definite matrix with a diagonal of ones.
Matrix<float> correlations(std::int64_t inputs, unsigned seed)
{
    const SampleLayer layer = sampleLayer(1, inputs, 4 * inputs, seed);
    Matrix<float> h(inputs, inputs);
    for (std::int64_t i = 0; i < inputs; ++i)
        for (std::int64_t j = 0; j < inputs; ++j)
            h(i, j) = static_cast<float>(double(layer.gram.h(i, j)) /
                                         std::sqrt(double(layer.gram.h(i, i)) * double(layer.gram.h(j, j))));
    return h;
}

void sumsOfProducts(PruneParts parts, Checks &checks)
{
    for (const auto &[samples, inputs] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {300, 37}, {2500, 65}}) {
        const Matrix<float> x = gaussian(samples, inputs + 3, 5);
        const Span2d<const float> part = x.span().block(0, 1, samples, inputs); // strided
        Matrix<double> sums[2];
        for (LinearAlgebra *algebra : {&parts.algebra, static_cast<LinearAlgebra *>(nullptr)}) {
            const auto naive = makeNaiveAlgebra();
            auto sum = (algebra ? *algebra : *naive).startGram(inputs, 2);
            checks.expect(sum.has_value(), "startGram");
            if (!sum)
                return;
            const std::int64_t first = samples / 3;
            succeeds((*sum)->add(part.block(0, 0, first, inputs)), "add", checks);
            succeeds((*sum)->add(part.block(first, 0, samples - first, inputs)), "add", checks);
            sums[algebra ? 0 : 1] = *(*sum)->finish();
        }
        checks.expect(distance(sums[0], sums[1]) < 1e-6, "XᵀX of " + std::to_string(samples) + " samples");
        bool symmetric = true;
        for (std::int64_t i = 0; i < inputs; ++i)
            for (std::int64_t j = 0; j < inputs; ++j)
                symmetric &= sums[0](i, j) == sums[0](j, i);
        checks.expect(symmetric, "XᵀX is symmetric to the bit");
    }
}

/// Tests few and many rows, since these may be solved in different ways.
void inverseOfShifted(PruneParts parts, Checks &checks)
{
    const std::int64_t inputs = 67;
    const Matrix<float> h = correlations(inputs, 3);
    const auto naive = makeNaiveAlgebra();
    for (const std::int64_t count : {std::int64_t(1), std::int64_t(5), std::int64_t(700)}) {
        const Matrix<float> rows = gaussian(count, inputs + 2, 9);
        const Span2d<const float> given = rows.span().block(0, 2, count, inputs);
        auto tried = parts.algebra.symmetric(h.span(), 2), model = naive->symmetric(h.span(), 1);
        checks.expect(tried.has_value() && model.has_value(), "symmetric");
        if (!tried || !model)
            return;
        for (const double shift : {0.1, 0.5}) {
            Matrix<float> out(count, inputs + 1), expected(count, inputs);
            const Span2d<float> to = out.span().block(0, 0, count, inputs);
            succeeds((*tried)->invert(shift, count), "invert", checks);
            succeeds((*model)->invert(shift, count), "invert", checks);
            succeeds((*tried)->multiplyInverse(given, to), "multiplyInverse", checks);
            succeeds((*model)->multiplyInverse(given, expected.span()), "multiplyInverse", checks);
            checks.expect(distance(Span2d<const float>(to), Span2d<const float>(expected.span())) < 1e-4,
                          "the inverse for " + std::to_string(count) + " rows");
            succeeds((*tried)->multiply(given, to), "multiply", checks);
            succeeds((*model)->multiply(given, expected.span()), "multiply", checks);
            checks.expect(distance(Span2d<const float>(to), Span2d<const float>(expected.span())) < 1e-5,
                          "a product of " + std::to_string(count) + " rows");
        }
    }
}

void factorOfTheInverse(PruneParts parts, Checks &checks)
{
    const auto naive = makeNaiveAlgebra();
    for (const std::int64_t inputs : {std::int64_t(1), std::int64_t(2), std::int64_t(61), std::int64_t(130)}) {
        Matrix<double> h = damped(sampleLayer(1, inputs, 2 * inputs, 4).gram, 0.01), same = h;
        Matrix<float> upper, expected;
        succeeds(parts.algebra.inverseFactor(h, upper, 2), "inverseFactor", checks);
        succeeds(naive->inverseFactor(same, expected, 1), "inverseFactor", checks);
        checks.expect(upper.rows() == inputs && distance(upper, expected) < 1e-5,
                      "U of " + std::to_string(inputs) + " inputs");
    }
}

void refusesWhatIsNotDefinite(PruneParts parts, Checks &checks)
{
    Matrix<double> h(3, 3);
    h(0, 0) = h(1, 1) = h(2, 2) = 1;
    h(0, 1) = h(1, 0) = 2;
    Matrix<float> upper, single(3, 3);
    std::transform(h.data(), h.data() + 9, single.data(), [](double value) { return float(value); });
    const Status factored = parts.algebra.inverseFactor(h, upper, 1);
    checks.expect(!factored && factored.error().kind == ErrorKind::Input, "inverseFactor refuses it as bad input");
    auto symmetric = parts.algebra.symmetric(single.span(), 1);
    checks.expect(symmetric.has_value(), "symmetric");
    if (!symmetric)
        return;
    for (const std::int64_t rows : {1, 1000}) {
        const Status inverted = (*symmetric)->invert(0.1, rows);
        checks.expect(!inverted && inverted.error().kind == ErrorKind::Input, "invert refuses it as bad input");
    }
}

void countsDependentInputs(PruneParts parts, Checks &checks)
{
    const Matrix<float> h = correlations(40, 8);
    for (const std::int64_t copies : {0, 1, 3}) {
        Matrix<double> with(40 + copies, 40 + copies);
        for (std::int64_t i = 0; i < with.rows(); ++i)
            for (std::int64_t j = 0; j < with.cols(); ++j)
                with(i, j) = double(h(i % 40, j % 40)); // the last `copies` inputs repeat the first ones
        const Result<std::int64_t> found = parts.algebra.dependentInputs(with, 2);
        checks.expect(found && *found == copies, std::to_string(copies) + " inputs that repeat others");
    }
}

void subtractsProducts(PruneParts parts, Checks &checks)
{
    const auto naive = makeNaiveAlgebra();
    const Matrix<float> a = gaussian(33, 20, 1), b = gaussian(20, 50, 2);
    Matrix<float> c = gaussian(33, 50, 3), expected = c;
    const auto part = [](Matrix<float> &matrix) {
        return matrix.span().block(0, 7, 33, 41);
    };
    const Span2d<const float> left = a.span().block(0, 1, 33, 17), right = b.span().block(3, 9, 17, 41);
    succeeds(parts.algebra.subtractProduct(left, right, part(c), 2), "subtractProduct", checks);
    succeeds(naive->subtractProduct(left, right, part(expected), 1), "subtractProduct", checks);
    checks.expect(distance(c, expected) < 1e-5, "c − a·b");
}

/// Compares with the same layer pruned with naive algebra and with tiles solved on the CPU.
void prunesAsTheNaiveOne(PruneParts parts, Checks &checks)
{
    const auto naive = makeNaiveAlgebra();
    const auto cpu = makeCpuBackend();
    const SampleLayer sample = sampleLayer(52, 76, 400, 11); // ragged at M = 8
    const LayerProblem layer = {sample.weights.span(), &sample.gram};
    for (const FrameworkTraits &traits : frameworks())
        for (const Kind kind : kinds()) {
            PruneOptions options;
            options.framework = traits.framework;
            options.kind = kind;
            options.tiles.pattern = {4, 8};
            const std::string name = std::string(traits.name) + " " + std::string(nameOf(kind));
            if (!parts.backend.canSolve(options.choice()))
                continue;
            const auto tried = pruneLayer(layer, options, parts, {});
            const auto model = pruneLayer(layer, options, {*cpu, *naive}, {});
            checks.expect(tried && model, name + (tried ? "" : ": " + tried.error().line()));
            if (!tried || !model)
                continue;
            const double error =
                reconstructionError(sample.weights.span(), tried->weights.span(), sample.gram, *naive, 1)->relative();
            const double expected =
                reconstructionError(sample.weights.span(), model->weights.span(), sample.gram, *naive, 1)->relative();
            // ALPS is a search: rounding errors in its steps may lead to a neighbouring support.
            const double tolerance = traits.framework == Framework::Alps ? 0.01 : 1e-3;
            checks.expect(std::abs(error - expected) <= tolerance * expected,
                          name + ": error " + std::to_string(error) + ", not " + std::to_string(expected));
            const double own =
                reconstructionError(sample.weights.span(), tried->weights.span(), sample.gram, parts.algebra, 2)->relative();
            checks.expect(std::abs(own - error) <= 1e-4 * error, name + ": the error itself");
        }
}

} // namespace

SampleLayer sampleLayer(std::int64_t outputs, std::int64_t inputs, std::int64_t samples, unsigned seed)
{
    SampleLayer layer;
    const std::int64_t hidden = std::max<std::int64_t>(1, inputs / 3);
    const Matrix<float> mixture = gaussian(hidden, inputs, seed + 100), causes = gaussian(samples, hidden, seed + 200);
    layer.x = gaussian(samples, inputs, seed + 300);
    for (std::int64_t row = 0; row < samples; ++row)
        for (std::int64_t col = 0; col < inputs; ++col) {
            float sum = layer.x(row, col);
            for (std::int64_t k = 0; k < hidden; ++k)
                sum += causes(row, k) * mixture(k, col) * 0.5F;
            layer.x(row, col) = sum * std::exp2(float(col % 5) - 2);
        }
    layer.weights = gaussian(outputs, inputs, seed + 400);
    auto sum = *makeNaiveAlgebra()->startGram(inputs, 1);
    (void)sum->add(layer.x.span());
    layer.gram = *gramOf(*sum->finish(), samples);
    return layer;
}

std::span<const AlgebraCase> algebraCases()
{
    static constexpr std::array<AlgebraCase, 7> all = {{
        {"sumsOfProducts", sumsOfProducts},
        {"inverseOfShifted", inverseOfShifted},
        {"factorOfTheInverse", factorOfTheInverse},
        {"refusesWhatIsNotDefinite", refusesWhatIsNotDefinite},
        {"countsDependentInputs", countsDependentInputs},
        {"subtractsProducts", subtractsProducts},
        {"prunesAsTheNaiveOne", prunesAsTheNaiveOne},
    }};
    return all;
}

} // namespace nms::test
