// SPDX-License-Identifier: Apache-2.0
#include "core/session/session_run.h"

namespace nms {

BatchSolve::BatchSolve(SolverBackend &backend, std::shared_ptr<const Matrix<float>> score, const SolveOptions &options)
    : m_backend(backend), m_score(std::move(score)), m_options(options)
{ }

Status BatchSolve::capture(const TileRegion &, Snapshot &)
{
    return fail(ErrorKind::Unsupported, m_backend.id(),
                std::string(nameOf(m_options.method)) + " has no iterations to look at", "watch dykstra or exact instead");
}

Status BatchSolve::save(KeyFrame &out, const std::stop_token &) const
{
    out = {};
    return {};
}

Result<Solution> BatchSolve::round(const Progress &progress) const
{
    return m_backend.solve(m_score->span(), m_options, progress);
}

Result<std::unique_ptr<LiveSolve>> SessionRun::startLive(const Progress &progress) const
{
    return startLive(options, progress);
}

Result<std::unique_ptr<LiveSolve>> SessionRun::startReplay(const Progress &progress) const
{
    SolveOptions own = options;
    own.warmStart.reset();
    return startLive(own, progress);
}

Result<std::unique_ptr<LiveSolve>> SessionRun::startLive(const SolveOptions &wanted, const Progress &progress) const
{
    if (!backend || !score || score->empty())
        return fail(ErrorKind::Usage, "session", "there is no matrix to solve, or no backend", "open a tensor first");
    if (const Status valid = wanted.validate(); !valid)
        return fail(valid.error());
    if (hasIterations())
        return backend->startLive(score, wanted, progress);
    if (!backend->canSolve(wanted))
        return fail(ErrorKind::Unsupported, backend->id(),
                    "has no method " + std::string(nameOf(wanted.method)) + " with these options",
                    "choose another method or the backend cpu");
    return std::make_unique<BatchSolve>(*backend, score, wanted);
}

} // namespace nms
