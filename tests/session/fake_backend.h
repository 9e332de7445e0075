// SPDX-License-Identifier: Apache-2.0
// A backend whose cost and failures a test chooses. Its iterates are exact to repeat and mean nothing.
#pragma once

#include "core/solver/solver_backend.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>

namespace nms::test {

struct FakeBehaviour {
    int planned = 40;
    bool plannedUnknown = false; // says −1, finishes at `planned` all the same
    std::chrono::microseconds startCost{0}; // tells how far it is and looks at stop meanwhile
    std::chrono::microseconds iterationCost{0};
    bool stopsWithin = false; // an iteration is left half-done by a stop
    std::chrono::microseconds saveCost{0}; // looks at stop meanwhile
    std::chrono::microseconds roundCost{0}; // looks at stop meanwhile
    std::size_t padding = 0; // bytes that make key frames larger
    std::optional<int> failAt = std::nullopt; // this iteration is an Error
    std::optional<int> throwAt = std::nullopt; // this iteration is an exception
    std::optional<int> stallAt = std::nullopt; // this iteration is never done
    bool failStart = false;
    std::optional<int> failStartNumber = std::nullopt; // 1 is the first
    bool throwInStart = false;
    bool failRound = false;
    bool throwInRound = false;
    bool roundsWrongMask = false; // one entry too many in row 1, column 2
    bool roundsWrongFigures = false; // the last tile's objective is twice what its mask keeps
    bool failRestore = false;
    bool throwInCapture = false;
    bool failCapture = false;
    bool capturesInBackground = false;
    bool failEndCapture = false;
    bool live = true;
    bool readsKeyFrames = false; // they can be shown without a solve
    bool sharesMemory = false; // of simulatedDeviceId: what a viewer there looks at stays on it
};

/// What the solves of one backend did, over all of them.
struct FakeCounters {
    std::atomic<int> solves = 0; // alive
    std::atomic<int> starts = 0; // begun
    std::atomic<int> stoppedStarts = 0;
    std::atomic<int> warmStarts = 0; // begun, from another method
    std::atomic<int> advances = 0; // calls
    std::atomic<int> iterations = 0;
    std::atomic<int> torn = 0; // iterations left half-done
    std::function<void()> withinIteration; // called in one that costs something and stops within
    std::atomic<int> misuses = 0; // asked for a state where there is none
    std::atomic<int> restores = 0;
    std::atomic<int> captures = 0;
    std::atomic<int> rounds = 0; // begun
    std::atomic<int> longestChunk = 0; // iterations asked for at once
    std::atomic<int> sharedPlans = 0; // alive
};

class FakeBackend : public SolverBackend
{
public:
    explicit FakeBackend(FakeBehaviour behaviour = {}) : m_behaviour(behaviour) { }

    std::string id() const override { return "fake"; }
    std::string description() const override { return "Fake"; }
    bool supports(Method method) const override { return method == Method::Dykstra || method == Method::Greedy; }
    bool supportsLive(Method method) const override { return method == Method::Dykstra && m_behaviour.live; }
    Result<Solution> solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress) override;
    Result<std::unique_ptr<LiveSolve>> startLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options,
                                                 const Progress &progress) override;
    LiveMemory liveMemory(const TileGrid &grid, const SolveOptions &options) const override;
    bool supportsWarmStart() const override { return true; }

    FakeCounters counters;

private:
    const FakeBehaviour m_behaviour;
};

} // namespace nms::test
