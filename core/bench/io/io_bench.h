// SPDX-License-Identifier: Apache-2.0
// From file to mask: what reading, solving and writing take apart, and the whole, beside plain copies of the same file.
#pragma once

#include "core/base/result.h"
#include "core/bench/io/io_result.h"
#include "core/solver/solver_backend.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace nms::bench {

/// A file of Gaussian fp16 weights of about `bytes` bytes, as safetensors with matrices of 4096 columns. Io error.
Status writeGaussianWeights(const std::string &file, std::int64_t bytes, const std::stop_token &stop);

/// Repeats all steps in turn, on the calling thread; the file is read once before, so that it lies in the page cache where
/// it fits. `onStep`: the next step, and the share done. Errors as jobs::solveFile(), before anything is measured;
/// Cancelled.
Result<IoResult> runIoBench(const IoSetup &setup, SolverBackend &backend,
                            const std::function<void(const std::string &step, double share)> &onStep,
                            const std::stop_token &stop);

} // namespace nms::bench
