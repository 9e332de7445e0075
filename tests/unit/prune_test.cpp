// SPDX-License-Identifier: Apache-2.0
// The frameworks of core/prune against formulations that share nothing with them, and what holds of all of them.
#include "core/prune/cpu_algebra.h"
#include "core/prune/prune_layer.h"
#include "core/prune/reconstruction_error.h"
#include "core/solver/cpu_backend.h"
#include "core/sparsity/metrics.h"
#include "gpu/cuda/cuda_algebra.h"
#include "tests/backend/algebra_text.h"
#include "tests/backend/naive_algebra.h"

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

namespace nms::test {

using testing::HasSubstr;

class AlgebraTest : public testing::TestWithParam<AlgebraCase>
{
protected:
    void run(SolverBackend &backend, LinearAlgebra &algebra)
    {
        Checks checks;
        GetParam().run({backend, algebra}, checks);
        for (const std::string &failure : checks.failures())
            ADD_FAILURE() << failure;
        EXPECT_GT(checks.done(), 0);
    }
};

TEST_P(AlgebraTest, OfTheCpuHolds)
{
    const auto backend = makeCpuBackend();
    const auto algebra = makeCpuAlgebra();
    run(*backend, *algebra);
}

INSTANTIATE_TEST_SUITE_P(Algebra, AlgebraTest, testing::ValuesIn(algebraCases().begin(), algebraCases().end()),
                         [](const auto &test) { return test.param.name; });

class PruneTest : public testing::Test
{
protected:
    const std::unique_ptr<SolverBackend> m_backend = makeCpuBackend();
    const std::unique_ptr<LinearAlgebra> m_algebra = makeCpuAlgebra();
    const SampleLayer m_sample = sampleLayer(80, 112, 600, 21);

    PruneParts parts() const { return {*m_backend, *m_algebra}; }
    LayerProblem layer() const { return {m_sample.weights.span(), &m_sample.gram}; }
    static PruneOptions options(Framework framework, Kind kind = Kind::Transposable, NmPattern pattern = {8, 16})
    {
        PruneOptions options;
        options.framework = framework;
        options.kind = kind;
        options.tiles.pattern = pattern;
        return options;
    }
    PrunedLayer pruned(const PruneOptions &options) const
    {
        Result<PrunedLayer> result = pruneLayer(layer(), options, parts(), {});
        EXPECT_TRUE(result) << result.error().line();
        return result ? std::move(*result) : PrunedLayer();
    }

    /// ‖X(W − Ŵ)ᵀ‖²/‖XWᵀ‖² from X itself.
    double error(const Matrix<float> &weights) const
    {
        double lost = 0, whole = 0;
        for (std::int64_t sample = 0; sample < m_sample.x.rows(); ++sample)
            for (std::int64_t out = 0; out < weights.rows(); ++out) {
                double difference = 0, product = 0;
                for (std::int64_t in = 0; in < weights.cols(); ++in) {
                    const double x = double(m_sample.x(sample, in)), w = double(m_sample.weights(out, in));
                    difference += x * (w - double(weights(out, in)));
                    product += x * w;
                }
                lost += difference * difference;
                whole += product * product;
            }
        return lost / whole;
    }
    /// The same for the dense weights with a mask.
    Matrix<float> masked(const Mask &mask) const
    {
        Matrix<float> weights = m_sample.weights;
        for (std::int64_t row = 0; row < mask.rows(); ++row)
            for (std::int64_t col = 0; col < mask.cols(); ++col)
                if (!mask.at(row, col))
                    weights(row, col) = 0;
        return weights;
    }
};

/// N largest of each M of a row, the first where equal.
void keepRows(const Matrix<double> &score, NmPattern pattern, std::int64_t first, std::int64_t end, Mask &mask)
{
    for (std::int64_t row = 0; row < score.rows(); ++row)
        for (std::int64_t group = first; group < end; group += pattern.m) {
            std::vector<std::int64_t> order(std::size_t(std::min<std::int64_t>(pattern.m, end - group)));
            std::iota(order.begin(), order.end(), group);
            std::stable_sort(order.begin(), order.end(),
                             [&](std::int64_t a, std::int64_t b) { return score(row, a) > score(row, b); });
            for (std::size_t k = 0; k < std::min(order.size(), std::size_t(pattern.n)); ++k)
                mask.set(row, order[k], true);
        }
}

TEST_F(PruneTest, WandaKeepsTheLargestProductsWithTheInputsNorms)
{
    const PrunedLayer wanda = pruned(options(Framework::Wanda, Kind::RowNm, {2, 4}));
    Matrix<double> score(80, 112);
    for (std::int64_t row = 0; row < 80; ++row)
        for (std::int64_t col = 0; col < 112; ++col) {
            double norm = 0;
            for (std::int64_t sample = 0; sample < m_sample.x.rows(); ++sample)
                norm += double(m_sample.x(sample, col)) * double(m_sample.x(sample, col));
            score(row, col) = std::abs(double(m_sample.weights(row, col))) * std::sqrt(norm);
        }
    Mask expected(80, 112);
    keepRows(score, {2, 4}, 0, 112, expected);
    EXPECT_EQ(wanda.mask, expected);
    for (std::int64_t row = 0; row < 80; ++row)
        for (std::int64_t col = 0; col < 112; ++col)
            EXPECT_EQ(wanda.weights(row, col), expected.at(row, col) ? m_sample.weights(row, col) : 0);
}

/// The same sweep with H⁻¹ itself, from which each column is eliminated when it has been passed.
TEST_F(PruneTest, SparseGptIsOptimalBrainSurgeonColumnByColumn)
{
    const NmPattern pattern = {2, 4};
    const std::int64_t rows = 80, cols = 112;
    Matrix<double> h = damped(m_sample.gram, 0.01), inverse(cols, cols), weights(rows, cols), score(rows, cols);
    for (std::int64_t i = 0; i < cols; ++i) { // Gauss-Jordan
        for (std::int64_t j = 0; j < cols; ++j)
            inverse(i, j) = i == j;
    }
    for (std::int64_t k = 0; k < cols; ++k) {
        const double pivot = h(k, k);
        for (std::int64_t j = 0; j < cols; ++j) {
            h(k, j) /= pivot;
            inverse(k, j) /= pivot;
        }
        for (std::int64_t i = 0; i < cols; ++i) {
            const double factor = h(i, k);
            for (std::int64_t j = 0; i != k && j < cols; ++j) {
                h(i, j) -= factor * h(k, j);
                inverse(i, j) -= factor * inverse(k, j);
            }
        }
    }
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t col = 0; col < cols; ++col)
            weights(row, col) = double(m_sample.weights(row, col));
    const auto eliminate = [&](Matrix<double> &from, std::int64_t col) {
        for (std::int64_t i = col + 1; i < cols; ++i)
            for (std::int64_t j = cols - 1; j >= col; --j)
                from(i, j) -= from(i, col) * from(col, j) / from(col, col);
    };
    Mask mask(rows, cols);
    for (std::int64_t col = 0; col < cols; ++col) {
        if (col % pattern.m == 0) {
            Matrix<double> ahead = inverse;
            for (std::int64_t j = col; j < col + pattern.m; ++j) {
                for (std::int64_t row = 0; row < rows; ++row)
                    score(row, j) = weights(row, j) * weights(row, j) / ahead(j, j);
                eliminate(ahead, j);
            }
            keepRows(score, pattern, col, col + pattern.m, mask);
        }
        for (std::int64_t row = 0; row < rows; ++row)
            if (!mask.at(row, col)) {
                const double error = weights(row, col) / inverse(col, col);
                for (std::int64_t j = col; j < cols; ++j)
                    weights(row, j) -= error * inverse(col, j);
                weights(row, col) = 0;
            }
        eliminate(inverse, col);
    }
    const PrunedLayer swept = pruned(options(Framework::SparseGpt, Kind::RowNm, pattern));
    EXPECT_EQ(swept.mask, mask);
    double most = 0;
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t col = 0; col < cols; ++col)
            most = std::max(most, std::abs(double(swept.weights(row, col)) - weights(row, col)));
    EXPECT_LT(most, 1e-3);
}

/// On its support, no kept weight can lower the (damped) error by itself.
TEST_F(PruneTest, AlpsEndsAtTheLeastErrorOnItsSupport)
{
    const PrunedLayer alps = pruned(options(Framework::Alps));
    const Matrix<double> h = damped(m_sample.gram, 0.01);
    double worst = 0;
    for (std::int64_t row = 0; row < 80; ++row) {
        std::vector<double> gradient(112), dense(112);
        for (std::int64_t i = 0; i < 112; ++i)
            for (std::int64_t j = 0; j < 112; ++j) {
                gradient[std::size_t(i)] += h(i, j) * (double(m_sample.weights(row, j)) - double(alps.weights(row, j)));
                dense[std::size_t(i)] += h(i, j) * double(m_sample.weights(row, j));
            }
        double on = 0, scale = 0;
        for (std::int64_t i = 0; i < 112; ++i) {
            on += alps.mask.at(row, i) ? gradient[std::size_t(i)] * gradient[std::size_t(i)] / h(i, i) : 0;
            scale += dense[std::size_t(i)] * dense[std::size_t(i)] / h(i, i);
        }
        worst = std::max(worst, std::sqrt(on / scale));
    }
    EXPECT_LT(worst, 0.02);
}

TEST_F(PruneTest, BetterFrameworksLeaveLessError)
{
    for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{8, 16}, NmPattern{16, 32}, NmPattern{3, 7}})
        for (const Kind kind : kinds()) {
            double before = 1;
            for (const Framework framework :
                 {Framework::Magnitude, Framework::Wanda, Framework::SparseGpt, Framework::Alps}) {
                const double now = error(pruned(options(framework, kind, pattern)).weights);
                EXPECT_LT(now, before) << pattern.text() << " " << nameOf(kind) << " " << traitsOf(framework).name;
                before = now;
            }
        }
}

TEST_F(PruneTest, EveryMaskKeepsWhatItsKindPromisesAndNothingElseIsLeft)
{
    for (const FrameworkTraits &traits : frameworks())
        for (const Kind kind : kinds())
            for (const NmPattern pattern : {NmPattern{4, 8}, NmPattern{5, 9}, NmPattern{16, 16}, NmPattern{1, 32}}) {
                const PruneOptions chosen = options(traits.framework, kind, pattern);
                const PrunedLayer layer = pruned(chosen);
                MaskCounter counter(chosen.promise(), 80, 112);
                EXPECT_TRUE(counter.add(layer.mask, 0, 80)) << traits.name << nameOf(kind) << pattern.text();
                EXPECT_TRUE(counter.finish()) << traits.name << nameOf(kind) << pattern.text();
                bool zeroWhereDropped = true;
                for (std::int64_t row = 0; row < 80; ++row)
                    for (std::int64_t col = 0; col < 112; ++col)
                        zeroWhereDropped &= layer.mask.at(row, col) == (layer.weights(row, col) != 0);
                EXPECT_TRUE(zeroWhereDropped) << traits.name << nameOf(kind) << pattern.text();
            }
}

TEST_F(PruneTest, ExactTilesAreNoWorseThanDykstras)
{
    for (const Framework framework : {Framework::Magnitude, Framework::Wanda, Framework::SparseGpt, Framework::Alps}) {
        PruneOptions chosen = options(framework);
        const double exact = error(pruned(chosen).weights);
        chosen.tiles.method = *methodByName("dykstra");
        EXPECT_LE(exact, 1.005 * error(pruned(chosen).weights)) << traitsOf(framework).name;
    }
}

TEST_F(PruneTest, TheErrorFromHIsThatFromX)
{
    const PrunedLayer layer = pruned(options(Framework::SparseGpt));
    const auto found = reconstructionError(m_sample.weights.span(), layer.weights.span(), m_sample.gram, *m_algebra, 0);
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->relative(), error(layer.weights), 1e-5 * error(layer.weights));
}

/// OpenBLAS sums in another order with another number of threads: the same up to rounding.
TEST_F(PruneTest, ThreadsChangeNoMoreThanRounding)
{
    for (const FrameworkTraits &traits : frameworks()) {
        PruneOptions chosen = options(traits.framework);
        const double expected = error(pruned(chosen).weights);
        chosen.tiles.threads = 1;
        EXPECT_NEAR(error(pruned(chosen).weights), expected, 0.01 * expected) << traits.name;
    }
}

TEST_F(PruneTest, PausesChangeNothing)
{
    for (const FrameworkTraits &traits : frameworks()) {
        const PruneOptions chosen = options(traits.framework);
        const PrunedLayer whole = pruned(chosen);
        auto run = startLayer(layer(), chosen, parts());
        ASSERT_TRUE(run) << run.error().line();
        std::vector<PruneStep> steps;
        std::stop_source stopped;
        stopped.request_stop();
        while (!(*run)->finished()) {
            ASSERT_TRUE((*run)->advance(1, stopped.get_token(), steps));
            ASSERT_TRUE((*run)->advance(1, {}, steps));
        }
        const PrunedLayer stepped = (*run)->layer();
        EXPECT_EQ(stepped.mask, whole.mask) << traits.name;
        EXPECT_TRUE(
            std::equal(stepped.weights.data(), stepped.weights.data() + stepped.weights.size(), whole.weights.data()))
            << traits.name;
        for (std::size_t i = 0; i < steps.size(); ++i)
            EXPECT_EQ(steps[i].iteration, int(i) + 1) << traits.name;
        EXPECT_EQ((*run)->fraction(), 1);
    }
}

TEST_F(PruneTest, ARestoredRunRepeatsItself)
{
    std::vector<PruneOptions> all;
    for (const FrameworkTraits &traits : frameworks())
        all.push_back(options(traits.framework));
    all.push_back(all.back());
    all.back().tiles.method = *methodByName("dykstra"); // whose potentials are kept from one iteration to the next
    for (const PruneOptions &chosen : all) {
        const FrameworkTraits &traits = traitsOf(chosen.framework);
        auto run = startLayer(layer(), chosen, parts());
        ASSERT_TRUE(run) << run.error().line();
        std::vector<PruneStep> steps, again;
        ASSERT_TRUE((*run)->advance(3, {}, steps));
        const LayerKeyFrame frame = (*run)->save();
        ASSERT_TRUE((*run)->advance(1000, {}, steps));
        const PrunedLayer first = (*run)->layer();
        ASSERT_TRUE((*run)->restore(frame));
        EXPECT_EQ((*run)->iteration(), frame.iteration);
        ASSERT_TRUE((*run)->advance(1000, {}, again));
        const PrunedLayer second = (*run)->layer();
        EXPECT_EQ(first.mask, second.mask) << traits.name;
        EXPECT_TRUE(std::equal(first.weights.data(), first.weights.data() + first.weights.size(), second.weights.data()))
            << traits.name;
        EXPECT_FALSE((*run)->restore({0, {}})) << "a frame of something else";
    }
}

TEST_F(PruneTest, DeadInputsCostNothingAndNothingIsMadeOfThem)
{
    SampleLayer sample = sampleLayer(32, 48, 300, 5);
    for (const std::int64_t dead : {0, 17, 47})
        for (std::int64_t k = 0; k < 48; ++k)
            sample.gram.h(dead, k) = sample.gram.h(k, dead) = 0;
    EXPECT_EQ(sample.gram.deadInputs(), 3);
    for (const FrameworkTraits &traits : frameworks()) {
        const auto layer = pruneLayer({sample.weights.span(), &sample.gram},
                                      options(traits.framework, Kind::Transposable, {4, 8}), parts(), {});
        ASSERT_TRUE(layer) << traits.name << ": " << layer.error().line();
        for (std::int64_t i = 0; i < layer->weights.size(); ++i)
            ASSERT_TRUE(std::isfinite(layer->weights.data()[i])) << traits.name;
    }
}

TEST_F(PruneTest, ScalesOfInputsAndWeightsDoNotMatter)
{
    SampleLayer sample = m_sample;
    for (const double scale : {1e-12, 1e12}) {
        std::transform(m_sample.gram.h.data(), m_sample.gram.h.data() + m_sample.gram.h.size(), sample.gram.h.data(),
                       [scale](float value) { return float(double(value) * scale); });
        for (const Framework framework : {Framework::Wanda, Framework::SparseGpt, Framework::Alps}) {
            const auto layer = pruneLayer({sample.weights.span(), &sample.gram}, options(framework), parts(), {});
            ASSERT_TRUE(layer) << layer.error().line();
            const double expected = error(pruned(options(framework)).weights);
            EXPECT_NEAR(error(layer->weights), expected, 0.01 * expected) << traitsOf(framework).name << " " << scale;
        }
    }
}

// --- what is refused

class GramTest : public PruneTest
{
protected:
    Gram m_gram = m_sample.gram;
    std::string refusal()
    {
        const Status checked = checkGram(m_gram);
        EXPECT_FALSE(checked);
        return checked ? "" : checked.error().line();
    }
};

TEST_F(GramTest, WhatCannotBeOneIsRefusedWithThePlace)
{
    EXPECT_TRUE(checkGram(m_gram));
    m_gram.h(3, 5) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THAT(refusal(), HasSubstr("NaN at (3, 5)"));
    m_gram = m_sample.gram;
    m_gram.h(7, 7) = std::numeric_limits<float>::infinity();
    EXPECT_THAT(refusal(), HasSubstr("Inf at (7, 7)"));
    m_gram = m_sample.gram;
    m_gram.h(7, 7) = -1;
    EXPECT_THAT(refusal(), HasSubstr("negative at (7, 7)"));
    m_gram = m_sample.gram;
    m_gram.h(9, 2) += float(0.1 * m_gram.meanSquare());
    EXPECT_THAT(refusal(), HasSubstr("not symmetric"));
    m_gram = m_sample.gram;
    m_gram.h(9, 2) = m_gram.h(2, 9) = float(100 * m_gram.meanSquare());
    EXPECT_THAT(refusal(), HasSubstr("not XᵀX"));
    m_gram.h = Matrix<float>(4, 4);
    EXPECT_THAT(refusal(), HasSubstr("always 0"));
}

TEST_F(GramTest, ASingularOneIsRefusedUnlessDampingIsAskedFor)
{
    for (std::int64_t k = 0; k < 112; ++k)
        m_gram.h(k, 30) = m_gram.h(k, 10);
    for (std::int64_t k = 0; k < 112; ++k)
        m_gram.h(30, k) = m_gram.h(10, k);
    ASSERT_TRUE(checkGram(m_gram));
    for (const Framework framework : {Framework::SparseGpt, Framework::Alps}) {
        PruneOptions chosen = options(framework);
        const LayerProblem problem = {m_sample.weights.span(), &m_gram};
        const auto refused = pruneLayer(problem, chosen, parts(), {});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::Input);
        EXPECT_THAT(refused.error().line(), HasSubstr("1 of 112 inputs are combinations"));
        EXPECT_THAT(refused.error().line(), HasSubstr("--damping"));
        chosen.acceptSingular = true;
        EXPECT_TRUE(pruneLayer(problem, chosen, parts(), {}));
    }
    EXPECT_TRUE(pruneLayer({m_sample.weights.span(), &m_gram}, options(Framework::Wanda), parts(), {}));
}

TEST_F(GramTest, FewerSamplesThanInputsAreRefused)
{
    m_gram.samples = 111;
    const auto refused = pruneLayer({m_sample.weights.span(), &m_gram}, options(Framework::Alps), parts(), {});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().line(), HasSubstr("111 samples for 112 inputs"));
}

TEST_F(GramTest, OneThatIsNotDefiniteIsRefusedWhateverTheDamping)
{
    m_gram.h(4, 9) = m_gram.h(9, 4) =
        float(-1.0005 * std::sqrt(double(m_gram.h(4, 4)) * double(m_gram.h(9, 9)))); // within rounding of 16 bits
    PruneOptions chosen = options(Framework::SparseGpt);
    chosen.damping = 0;
    chosen.acceptSingular = true;
    const auto refused = pruneLayer({m_sample.weights.span(), &m_gram}, chosen, parts(), {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Input);
    EXPECT_THAT(refused.error().line(), HasSubstr("not positive definite"));
}

TEST_F(GramTest, OneOfAnotherLayerIsRefused)
{
    const SampleLayer other = sampleLayer(8, 40, 100, 1);
    const auto refused = pruneLayer({m_sample.weights.span(), &other.gram}, options(Framework::Wanda), parts(), {});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().line(), HasSubstr("40 inputs, but the layer has 112"));
    EXPECT_FALSE(pruneLayer({m_sample.weights.span(), nullptr}, options(Framework::Alps), parts(), {}));
    EXPECT_TRUE(pruneLayer({m_sample.weights.span(), nullptr}, options(Framework::Magnitude), parts(), {}));
}

TEST_F(PruneTest, OptionsWithoutMeaningAreRefused)
{
    PruneOptions chosen = options(Framework::Alps);
    chosen.damping = -1;
    EXPECT_EQ(chosen.validate().error().kind, ErrorKind::Usage);
    chosen = options(Framework::Alps);
    for (const char *method : {"row-nm", "unstructured", "bi-nm"}) {
        chosen.tiles.method = *methodByName(method);
        EXPECT_FALSE(chosen.validate()) << method;
    }
    chosen.kind = Kind::RowNm;
    EXPECT_TRUE(chosen.validate());
    chosen.tiles.pattern = {5, 4};
    EXPECT_FALSE(chosen.validate());
}

TEST(CudaAlgebra, WithoutADeviceIsAClearError)
{
    const auto algebra = makeCudaAlgebra(99);
    ASSERT_FALSE(algebra);
    EXPECT_EQ(algebra.error().kind, ErrorKind::Device);
    EXPECT_FALSE(algebra.error().remedy.empty());
}

} // namespace nms::test
