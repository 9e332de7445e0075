// SPDX-License-Identifier: Apache-2.0
// A watched pruning run is the same as one in one go, at every step and after every way back.
#include "core/prune/cpu_algebra.h"
#include "core/prune/prune_layer.h"
#include "core/prune/reconstruction_error.h"
#include "core/session/prune_session.h"
#include "core/solver/cpu_backend.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <random>

namespace nms {
namespace {

using namespace std::chrono_literals;

/// A layer whose inputs depend on each other, as those of a network do.
struct Layer {
    std::shared_ptr<const Matrix<float>> weights;
    std::shared_ptr<const Gram> gram;
};

Layer makeLayer(std::int64_t out, std::int64_t in, std::int64_t samples)
{
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    auto weights = std::make_shared<Matrix<float>>(out, in);
    for (std::int64_t i = 0; i < weights->size(); ++i)
        weights->data()[i] = normal(random);
    Matrix<float> x(samples, in);
    for (std::int64_t row = 0; row < samples; ++row) {
        const float common = normal(random);
        for (std::int64_t col = 0; col < in; ++col)
            x(row, col) = normal(random) * (1 + 0.1F * float(col % 7)) + 0.7F * common;
    }
    Matrix<double> sum(in, in);
    for (std::int64_t i = 0; i < in; ++i)
        for (std::int64_t j = 0; j < in; ++j)
            for (std::int64_t row = 0; row < samples; ++row)
                sum(i, j) += double(x(row, i)) * double(x(row, j));
    return {std::move(weights), std::make_shared<Gram>(*gramOf(sum, samples))};
}

PruneProblem problemOf(const Layer &layer, Framework framework, Kind kind = Kind::Transposable)
{
    PruneProblem problem{.weights = layer.weights, .gram = layer.gram, .options = {}, .backend = {}, .algebra = {}};
    problem.options.framework = framework;
    problem.options.kind = kind;
    problem.options.tiles.pattern = {4, 8};
    problem.options.tiles.threads = 1;
    problem.backend = makeCpuBackend();
    problem.algebra = makeCpuAlgebra();
    return problem;
}

PrunedLayer inOneGo(const PruneProblem &problem)
{
    auto layer =
        pruneLayer({problem.weights->span(), problem.gram.get()}, problem.options, {*problem.backend, *problem.algebra}, {});
    EXPECT_TRUE(layer) << layer.error().line();
    return layer ? std::move(*layer) : PrunedLayer();
}

bool same(const PrunedLayer &a, const PrunedLayer &b)
{
    for (std::int64_t row = 0; row < a.mask.rows(); ++row)
        for (std::int64_t col = 0; col < a.mask.cols(); ++col)
            if (a.mask.at(row, col) != b.mask.at(row, col))
                return false;
    return a.weights.size() == b.weights.size() &&
        std::memcmp(a.weights.data(), b.weights.data(), std::size_t(a.weights.size()) * sizeof(float)) == 0;
}

const PruneSessionOptions everyStep{.lookingShare = 1e9};

class PruneSessionOf : public testing::TestWithParam<std::tuple<Framework, Kind>>
{
protected:
    PruneProblem problem() const
    {
        static const Layer layer = makeLayer(40, 64, 300);
        return problemOf(layer, std::get<0>(GetParam()), std::get<1>(GetParam()));
    }
};

TEST_P(PruneSessionOf, StepByStepEqualsOneGo)
{
    PruneSession session(problem(), everyStep, true, {});
    ASSERT_TRUE(session.waitUntilSettled(10s));
    EXPECT_EQ(session.view().status.state, SessionState::Paused);
    EXPECT_EQ(session.view().live->step(), 0);
    for (int step = 1; session.view().status.state == SessionState::Paused; ++step) {
        ASSERT_LT(step, 400);
        session.step();
        ASSERT_TRUE(session.waitUntilSettled(10s));
        EXPECT_EQ(session.view().live->step(), step);
    }
    const PruneView view = session.view();
    ASSERT_EQ(view.status.state, SessionState::Finished);
    EXPECT_TRUE(same(view.live->layer, inOneGo(problem())));
    EXPECT_EQ(view.status.plannedIterations, view.status.iteration);
    ASSERT_EQ(view.figures->size(), std::size_t(view.status.iteration) + 1);
    for (const PruneFigures &figures : *view.figures) {
        EXPECT_FALSE(std::isnan(figures.error));
        EXPECT_GT(figures.keptMagnitude, 0.5);
    }
}

TEST_P(PruneSessionOf, EveryEarlierStepIsShownAsItWas)
{
    const PruneProblem problem = this->problem();
    PruneSession session(problem, {.historyBytes = 40 * 64 * 4 * 6, .lookingShare = 1e9}, true, {});
    std::vector<std::shared_ptr<const PruneSnapshot>> seen;
    while (true) {
        ASSERT_TRUE(session.waitUntilSettled(10s));
        seen.push_back(session.view().live);
        if (session.view().status.state != SessionState::Paused)
            break;
        session.step();
    }
    for (const std::size_t at : {seen.size() - 1, seen.size() / 2, std::size_t(0), seen.size() / 3, seen.size() - 1}) {
        session.show(int(at));
        ASSERT_TRUE(session.waitUntilSettled(10s));
        const PruneView view = session.view();
        ASSERT_TRUE(view.past);
        EXPECT_EQ(view.past->step(), int(at));
        EXPECT_TRUE(same(view.past->layer, seen[at]->layer)) << at;
        EXPECT_EQ(view.past->figures.error, seen[at]->figures.error);
        EXPECT_EQ(view.status.state, SessionState::Finished) << "looking back commands nothing";
    }
    EXPECT_LE(session.view().history.keyFrames, std::int64_t(seen.size()));
}

TEST_P(PruneSessionOf, RewoundAndGoneOnItEndsTheSame)
{
    PruneSession session(problem(), {}, false, {});
    ASSERT_TRUE(session.waitUntilSettled(20s));
    const PruneView first = session.view();
    ASSERT_EQ(first.status.state, SessionState::Finished);
    const int back = first.status.iteration / 2;
    session.rewind(back);
    ASSERT_TRUE(session.waitUntilSettled(10s));
    EXPECT_EQ(session.view().status.state, SessionState::Paused);
    EXPECT_EQ(session.view().status.iteration, back);
    EXPECT_EQ(session.view().live->step(), back);
    EXPECT_EQ(session.view().figures->size(), std::size_t(back) + 1);
    session.show(back / 2); // looking elsewhere must not disturb it
    session.run();
    ASSERT_TRUE(session.waitUntilSettled(20s));
    const PruneView second = session.view();
    ASSERT_EQ(second.status.state, SessionState::Finished);
    EXPECT_TRUE(same(second.live->layer, first.live->layer));
    ASSERT_EQ(second.figures->size(), first.figures->size());
    for (std::size_t i = 0; i < second.figures->size(); ++i) {
        const PruneStep &a = (*first.figures)[i].step, &b = (*second.figures)[i].step;
        EXPECT_EQ(a.iteration, b.iteration);
        EXPECT_TRUE(a.primal == b.primal || (std::isnan(a.primal) && std::isnan(b.primal)));
        EXPECT_TRUE(a.supportChange == b.supportChange || (std::isnan(a.supportChange) && std::isnan(b.supportChange)));
    }
}

INSTANTIATE_TEST_SUITE_P(All, PruneSessionOf,
                         testing::Combine(testing::Values(Framework::Magnitude, Framework::Wanda, Framework::SparseGpt,
                                                          Framework::Alps),
                                          testing::Values(Kind::Transposable, Kind::RowNm, Kind::Unstructured)),
                         [](const auto &which) {
                             std::string name = std::string(nameOf(std::get<1>(which.param)));
                             std::erase(name, '-');
                             return std::string(traitsOf(std::get<0>(which.param)).name) + "_" + name;
                         });

TEST(PruneSession, TheErrorIsThatOfThePrunedLayer)
{
    const PruneProblem problem = problemOf(makeLayer(40, 64, 300), Framework::Alps);
    PruneSession session(problem, everyStep, false, {});
    ASSERT_TRUE(session.waitUntilSettled(20s));
    const auto live = session.view().live;
    const auto error =
        reconstructionError(problem.weights->span(), live->layer.weights.span(), *problem.gram, *problem.algebra, 1);
    ASSERT_TRUE(error);
    EXPECT_NEAR(live->figures.error, error->relative(), 1e-6 * error->relative());
    double entries = 0, rows = 0, cols = 0;
    for (std::int64_t i = 0; i < live->error->entries.size(); ++i)
        entries += double(live->error->entries.data()[i]);
    for (const double row : live->error->rows) {
        EXPECT_GE(row, -1e-9);
        rows += row;
    }
    for (const double col : live->error->cols)
        cols += col;
    for (const double sum : {entries, rows, cols})
        EXPECT_NEAR(sum, live->figures.error, 1e-5 * live->figures.error);
}

TEST(PruneSession, LayersStoredInByOutAreShownSo)
{
    PruneProblem problem = problemOf(makeLayer(40, 64, 300), Framework::Wanda);
    problem.showsInByOut = true;
    PruneSession session(problem, everyStep, false, {});
    ASSERT_TRUE(session.waitUntilSettled(10s));
    const auto live = session.view().live;
    const PrunedLayer layer = inOneGo(problem);
    ASSERT_EQ(live->layer.weights.rows(), 64);
    ASSERT_EQ(live->error->entries.rows(), 64);
    ASSERT_EQ(live->error->rows.size(), 64U);
    for (std::int64_t row = 0; row < 40; ++row)
        for (std::int64_t col = 0; col < 64; ++col) {
            ASSERT_EQ(live->layer.weights(col, row), layer.weights(row, col));
            ASSERT_EQ(live->layer.mask.at(col, row), layer.mask.at(row, col));
        }
}

TEST(PruneSession, RunsToAStepAndPausesThere)
{
    PruneSession session(problemOf(makeLayer(32, 64, 300), Framework::Alps), {}, true, {});
    session.runTo(5);
    ASSERT_TRUE(session.waitUntilSettled(10s));
    EXPECT_EQ(session.view().status.state, SessionState::Paused);
    EXPECT_EQ(session.view().status.iteration, 5);
    session.step(2);
    session.step();
    ASSERT_TRUE(session.waitUntilSettled(10s));
    EXPECT_EQ(session.view().status.iteration, 8);
}

TEST(PruneSession, CancelsInTheMiddleAndCanStillBeLookedAt)
{
    std::atomic<int> told = 0;
    PruneSession session(problemOf(makeLayer(256, 512, 700), Framework::Alps), {}, false, [&told] { ++told; });
    while (session.view().status.iteration < 2)
        std::this_thread::sleep_for(1ms);
    session.cancel();
    ASSERT_TRUE(session.waitUntilSettled(5s));
    EXPECT_EQ(session.view().status.state, SessionState::Cancelled);
    EXPECT_GT(told, 2);
    session.show(1);
    ASSERT_TRUE(session.waitUntilSettled(5s));
    ASSERT_TRUE(session.view().past);
    EXPECT_EQ(session.view().past->step(), 1);
    session.rewind(2);
    session.step();
    ASSERT_TRUE(session.waitUntilSettled(5s));
    EXPECT_EQ(session.view().status.iteration, 3);
    EXPECT_EQ(session.view().status.state, SessionState::Paused);
}

TEST(PruneSession, WhatCannotStartFailsOnceAndSaysWhy)
{
    Layer layer = makeLayer(32, 64, 300);
    layer.gram.reset();
    PruneSession session(problemOf(layer, Framework::Wanda), {}, false, {});
    ASSERT_TRUE(session.waitUntilSettled(5s));
    EXPECT_EQ(session.view().status.state, SessionState::Failed);
    ASSERT_TRUE(session.view().error);
    EXPECT_NE(session.view().error->line().find("calibration"), std::string::npos);
    session.run();
    session.show(3);
    session.rewind(0);
    ASSERT_TRUE(session.waitUntilSettled(5s));
    EXPECT_EQ(session.view().status.state, SessionState::Failed);
}

TEST(PruneSession, ManyCommandsAtOnceEndWell)
{
    for (int round = 0; round < 20; ++round) {
        PruneSession session(problemOf(makeLayer(32, 64, 200), Framework::SparseGpt), {}, round % 2 == 0, {});
        session.step();
        session.show(0);
        session.run();
        session.rewind(1);
        session.show(round);
        if (round % 3 == 0)
            session.cancel();
        session.step(2);
        session.pause();
    } // closes in the middle
}

} // namespace
} // namespace nms
