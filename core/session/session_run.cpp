// SPDX-License-Identifier: Apache-2.0
#include "core/session/session_run.h"

#include "core/session/batch_solve.h"

namespace nms {

Result<std::unique_ptr<LiveSolve>> SessionRun::startLive() const
{
    if (!backend || !score || score->empty())
        return fail(ErrorKind::Usage, "session", "there is no matrix to solve, or no backend", "open a tensor first");
    if (const Status valid = options.validate(); !valid)
        return fail(valid.error());
    if (hasIterations())
        return backend->startLive(score, options);
    if (!backend->canSolve(options))
        return fail(ErrorKind::Unsupported, backend->id(),
                    "has no method " + std::string(nameOf(options.method)) + " with these options",
                    "choose another method or the backend cpu");
    return std::make_unique<BatchSolve>(*backend, score, options);
}

} // namespace nms
