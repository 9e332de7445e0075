// SPDX-License-Identifier: Apache-2.0
// Descriptions of masks in words.
#pragma once

#include "core/io/mask_file.h"
#include "core/jobs/convergence.h"
#include "core/methods/solve_options.h"

#include <optional>
#include <string>

namespace nms::cli {

/// How a mask was made according to its file: "dykstra from capped, stopped at 0.1 %"; "unknown" if the file names no
/// method.
std::string originOf(const MaskEntry &entry);

/// "312 of 65 536 tiles have not converged: worst residual 22 % (in PATH); …", with a remedy; none if all tiles converged.
std::optional<std::string> warningOf(const jobs::Convergence &convergence, const SolveOptions &options);

} // namespace nms::cli
