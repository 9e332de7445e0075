// SPDX-License-Identifier: Apache-2.0
#include "core/solver/solver_backend.h"

namespace nms {

Status SolverBackend::check(const SolveOptions &options, bool supported, const char *what) const
{
    if (!supported)
        return fail(ErrorKind::Unsupported, id(),
                    std::string("cannot ") + what + " by " + std::string(nameOf(options.method)),
                    "choose another method or the backend cpu");
    if (!canStop(options))
        return fail(ErrorKind::Unsupported, id(), "cannot stop by a tolerance",
                    "choose the backend cpu, or leave the tolerance out and give a number of iterations");
    return options.validate();
}

} // namespace nms
