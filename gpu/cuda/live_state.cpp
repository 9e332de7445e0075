// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/live_state.h"

namespace nms::warp {
namespace {

template <class T> Status takeInto(Buffer<T> &buffer, Queue &queue, std::int64_t count)
{
    auto made = Buffer<T>::make(queue, count);
    if (!made)
        return fail(made.error());
    buffer = std::move(*made);
    return {};
}

/// State of dykstra and capped: the potentials.
class PlanState : public LiveState
{
public:
    explicit PlanState(const SolveOptions &options)
        : m_program(traitsOf(options.method).device), m_iterations(options.iterations)
    { }

    Status take(Queue &queue, const TileGrid &grid) override
    {
        const std::int64_t lines = grid.count() * 2 * grid.m;
        Status status = takeInto(m_exponents, queue, lines);
        if (status)
            status = takeInto(m_factors, queue, lines);
        return status ? takeInto(m_done, queue, grid.count()) : status;
    }
    Launch advance(const AdvanceLaunch &launch) const override
    {
        if (m_program == DeviceProgram::Capped)
            return CappedAdvanceLaunch{launch, potentials()};
        return DykstraAdvanceLaunch{launch, potentials()};
    }
    Launch capture(const CaptureLaunch &launch) const override { return PlanCaptureLaunch{launch, potentials()}; }
    Launch round(const MaskLaunch &launch, int iteration) const override
    {
        PlanLaunch plan;
        static_cast<MaskLaunch &>(plan) = launch;
        plan.fromScratch = false;
        plan.done = iteration;
        plan.iterations = 0;
        plan.potentials = potentials();
        if (m_program == DeviceProgram::Capped)
            return CappedLaunch{plan};
        return DykstraLaunch{plan};
    }
    std::int64_t bytes(const TileGrid &grid) const override
    {
        const std::int64_t perLine = sizeof(std::int32_t) + sizeof(float);
        return grid.count() * (2 * grid.m * perLine + std::int64_t(sizeof(std::int32_t)));
    }
    void eachBuffer(const std::function<void(void *, std::int64_t)> &what) const override
    {
        what(m_exponents.data(), m_exponents.bytes());
        what(m_factors.data(), m_factors.bytes());
        what(m_done.data(), m_done.bytes());
    }
    int mostIterations() const override { return m_iterations; }
    Stage stageOf(int) const override { return Stage::Scale; }

private:
    Potentials potentials() const { return {m_exponents.data(), m_factors.data(), m_done.data()}; }

    const DeviceProgram m_program;
    const int m_iterations;
    Buffer<std::int32_t> m_exponents;
    Buffer<float> m_factors;
    Buffer<std::int32_t> m_done;
};

/// State of exact: potentials, mask and step counts.
class ExactState : public LiveState
{
public:
    Status take(Queue &queue, const TileGrid &grid) override
    {
        Status status = takeInto(m_potentials, queue, grid.count() * 2 * grid.m);
        if (status)
            status = takeInto(m_kept, queue, grid.count() * grid.m);
        return status ? takeInto(m_steps, queue, grid.count()) : status;
    }
    Launch advance(const AdvanceLaunch &launch) const override { return ExactAdvanceLaunch{launch, search()}; }
    Launch capture(const CaptureLaunch &launch) const override { return ExactCaptureLaunch{launch, search()}; }
    Launch round(const MaskLaunch &launch, int iteration) const override
    {
        return ExactResumeLaunch{launch, search(), iteration};
    }
    std::int64_t bytes(const TileGrid &grid) const override
    {
        const std::int64_t perLine = 2 * sizeof(std::int32_t) + sizeof(std::uint64_t);
        return grid.count() * (grid.m * perLine + std::int64_t(sizeof(std::int32_t)));
    }
    void eachBuffer(const std::function<void(void *, std::int64_t)> &what) const override
    {
        what(m_potentials.data(), m_potentials.bytes());
        what(m_kept.data(), m_kept.bytes());
        what(m_steps.data(), m_steps.bytes());
    }
    int mostIterations() const override { return -1; }
    Stage stageOf(int iteration) const override { return iteration <= exactSweeps ? Stage::Sweep : Stage::Augment; }

private:
    SearchState search() const { return {m_potentials.data(), m_kept.data(), m_steps.data()}; }

    Buffer<std::int32_t> m_potentials;
    Buffer<std::uint64_t> m_kept;
    Buffer<std::int32_t> m_steps;
};

} // namespace

std::unique_ptr<LiveState> makeLiveState(const SolveOptions &options)
{
    if (traitsOf(options.method).device == DeviceProgram::Exact)
        return std::make_unique<ExactState>();
    return std::make_unique<PlanState>(options);
}

} // namespace nms::warp
