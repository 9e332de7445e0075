// SPDX-License-Identifier: Apache-2.0
// What is said of masks in words.
#pragma once

#include "core/io/mask_file.h"
#include "core/jobs/convergence.h"
#include "core/methods/solve_options.h"

#include <optional>
#include <string>

namespace nms::cli {

/// What a mask file says of how a mask was made: "dykstra from capped, stopped at 0.1 %", "unknown" where it does not say by
/// what method.
std::string originOf(const MaskEntry &entry);

/// "312 of 65 536 tiles have not converged: worst residual 22 % (in PATH); …" with what to do; nothing where all have.
std::optional<std::string> warningOf(const jobs::Convergence &convergence, const SolveOptions &options);

} // namespace nms::cli
