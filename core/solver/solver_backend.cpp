// SPDX-License-Identifier: Apache-2.0
#include "core/solver/solver_backend.h"

namespace nms {

Status SolverBackend::check(const SolveOptions &options, bool supported, const char *what) const
{
    if (!supported)
        return fail(ErrorKind::Unsupported, id(),
                    std::string("cannot ") + what + " by " + std::string(nameOf(options.method)),
                    "choose another method or the backend cpu");
    if (!canStart(options))
        return fail(ErrorKind::Unsupported, id(), "cannot start from another method's potentials",
                    "choose the backend cpu, or leave the warm start out");
    return options.validate();
}

} // namespace nms
