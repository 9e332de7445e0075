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

/// Weights of tensors by path, from a JSON object of numbers ≥ 0. Io and Input errors name the file.
Result<std::unordered_map<std::string, double>> readSensitivity(const std::string &file);

/// What can be told before anything is pruned: a budget in (0, 1], a file of weights (without one the choice would look good
/// and harm the model), each tensor in it, patterns that can be.
Status checkBudget(const PruneFileSettings &settings);

/// The patterns that are tried, ascending by what they keep.
std::vector<NmPattern> patternsOf(const PruneFileSettings &settings);

/// The pattern of each tensor. Progress counts weights, `patterns` times those of all tensors. Errors as pruneTensor; Input
/// where the file lacks a tensor.
Result<std::vector<NmPattern>> choosePatterns(const PruneFileSettings &settings, const PruneTensorParts &parts,
                                              const std::vector<TensorInfo> &tensors, JobProgress &counts,
                                              const Events &events);

} // namespace nms::jobs
