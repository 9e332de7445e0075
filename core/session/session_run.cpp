// SPDX-License-Identifier: Apache-2.0
#include "core/session/session_run.h"

#include "core/session/batch_solve.h"

namespace nms {

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
