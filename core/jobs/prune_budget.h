// SPDX-License-Identifier: Apache-2.0
// A pattern for each tensor of a model under one budget. Private to core/jobs.
#pragma once

#include "core/jobs/job.h"
#include "core/jobs/prune_settings.h"
#include "core/jobs/prune_tensor.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace nms::jobs {

/// Weight of each tensor's error by path, from a JSON object of numbers ≥ 0. Io and Input errors name the file.
Result<std::unordered_map<std::string, double>> readSensitivity(const std::string &file);

/// What can be checked before anything is pruned: a budget in (0, 1], a sensitivity file (without one the choice would
/// look good and harm the model) with every tensor in it, possible patterns.
Status checkBudget(const PruneFileSettings &settings);

/// The patterns to try, ascending by the fraction they keep.
std::vector<NmPattern> patternsOf(const PruneFileSettings &settings);

/// The pattern of each tensor. Progress counts weights: the weights of all tensors times the number of patterns. Errors as
/// pruneTensor; Input if the file lacks a tensor.
Result<std::vector<NmPattern>> choosePatterns(const PruneFileSettings &settings, const PruneTensorParts &parts,
                                              const std::vector<TensorInfo> &tensors, JobProgress &counts,
                                              const Events &events);

} // namespace nms::jobs
