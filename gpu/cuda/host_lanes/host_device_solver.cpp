// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/device_solve.h"
#include "gpu/cuda/host_lanes/host_lanes.h"

#include <limits>
#include <new>
#include <string>
#include <utility>

namespace nms {
namespace {

class HostStartedSolve : public StartedSolve
{
public:
    HostStartedSolve(std::unique_ptr<warp::Queue> queue, DeviceProblem problem, const SolveOptions &options,
                     const std::byte *figures, std::int64_t bytes)
        : m_queue(std::move(queue)), m_problem(std::move(problem)), m_options(options), m_figures(figures), m_bytes(bytes)
    { }
    Result<DeviceFigures> read() override
    {
        if (const Status done = m_queue->finish(); !done)
            return fail(done.error());
        return warp::figuresOf({m_figures, std::size_t(m_bytes)}, m_problem, m_options);
    }

private:
    const std::unique_ptr<warp::Queue> m_queue;
    const DeviceProblem m_problem;
    const SolveOptions m_options;
    const std::byte *const m_figures;
    const std::int64_t m_bytes;
};

/// The stream is a queue of the solve's own: nobody else can wait for it, so start() waits unless `asynchronous`.
class HostDeviceSolver : public DeviceSolver
{
public:
    explicit HostDeviceSolver(bool asynchronous) : m_asynchronous(asynchronous) { }

    std::string id() const override { return "host-warp"; }
    Status check(const DeviceProblem &problem, const SolveOptions &options) const override
    {
        return warp::checkDeviceSolve(id(), problem, options);
    }
    DeviceSpace space(const DeviceProblem &problem, const SolveOptions &options) const override
    {
        return warp::deviceSpace(problem, options);
    }
    Result<std::shared_ptr<std::byte>> take(std::int64_t bytes) override
    {
        constexpr std::align_val_t alignment{256};
        void *memory = ::operator new(std::size_t(bytes), alignment, std::nothrow);
        if (memory == nullptr)
            return fail(ErrorKind::Resource, id(), "no memory for " + std::to_string(bytes) + " bytes",
                        "solve a smaller tensor");
        return std::shared_ptr<std::byte>(static_cast<std::byte *>(memory),
                                          [](std::byte *taken) { ::operator delete (taken, std::align_val_t{256}); });
    }
    Result<std::unique_ptr<StartedSolve>> start(const DeviceProblem &problem, const SolveOptions &options,
                                                std::byte *scratch, std::byte *figures, std::uintptr_t) override
    {
        auto queue = warp::makeHostQueue(options.threads, std::numeric_limits<std::int64_t>::max());
        Status status = warp::startDeviceSolve(*queue, problem, options, scratch, figures);
        if (status && !m_asynchronous)
            status = queue->finish();
        if (!status)
            return fail(status.error());
        return std::make_unique<HostStartedSolve>(std::move(queue), problem, options, figures,
                                                  warp::deviceSpace(problem, options).figures);
    }

private:
    const bool m_asynchronous;
};

} // namespace

std::unique_ptr<DeviceSolver> makeHostDeviceSolver(bool asynchronous)
{
    return std::make_unique<HostDeviceSolver>(asynchronous);
}

} // namespace nms
