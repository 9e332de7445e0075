// SPDX-License-Identifier: Apache-2.0
// Small tensors of a file that follow one another: read, solved and written in groups, where the solver gains from that.
// Private to core/jobs.
#pragma once

#include "core/base/result.h"
#include "core/io/mask_writer.h"
#include "core/jobs/job.h"
#include "core/jobs/mask_report.h"
#include "core/jobs/solve_tensor.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace nms::jobs {

/// Whether solveSmallTensors() may solve the tensor, of which a panel may have `panelWeights`.
bool isSolvedInGroup(const SolveParts &parts, const TensorInfo &tensor, std::int64_t panelWeights);

/// Does what solveTensor() does for each of the tensors, with the same masks and figures, and appends their reports to
/// `solved`. The groups fit the memory of panels of `panelWeights`: while one is solved on a thread of its own, the calling
/// thread writes the previous one and reads the next, in order; two groups are in memory. `begin` is called as a tensor is
/// read. Each tensor is a step of `counts`. Errors name the first tensor that failed, as if all had been solved one by one.
Status solveSmallTensors(const SolveParts &parts, MaskWriter &writer, std::span<const TensorInfo> tensors,
                         std::int64_t panelWeights, JobProgress &counts,
                         const std::function<void(const std::string &path)> &begin, std::vector<SolvedTensor> &solved);

} // namespace nms::jobs
