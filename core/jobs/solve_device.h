// SPDX-License-Identifier: Apache-2.0
// Weights that lie in a device's memory in, a mask into the same memory out: enqueued, without waiting.
#pragma once

#include "core/base/result.h"
#include "core/io/memory_tensor.h"
#include "core/jobs/mask_memory.h"
#include "core/jobs/solve_memory.h"
#include "core/solver/device_solver.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>

namespace nms::jobs {

/// A solve that is checked and measured, but not started.
struct DeviceTask {
    TensorInfo tensor; // the weights
    SolveOptions options;
    DeviceProblem problem;
    DeviceSpace space; // that start() needs
};

/// `weights`, `scores` (null: |W|; else of the weights' shape) and `out` name memory of the solver's device, which is not
/// touched here. Usage error where axes or shapes do not go together; Input error where m is more than a side of the
/// matrix; Unsupported error for what the device cannot do.
///
///     const Result<DeviceTask> task = prepareOnDevice(weights, nullptr, out, options, false, *solver);
///     auto started = solver->start(task->problem, task->options, scratch, figures, stream);
///     … // at any later time
///     const Result<SolvedMemory> solved = readFromDevice(*task, **started, *solver, false);
Result<DeviceTask> prepareOnDevice(const MemoryTensor &weights, const MemoryTensor *scores, const MaskMemory &out,
                                   const SolveOptions &options, bool compare, const DeviceSolver &solver);

/// Waits for the work, then tells what solveMemory() tells, with `tiles` also of each tile; but times are 0: nobody waited
/// for the device. Input error where a score is negative or not finite, naming the first such tile: its mask
/// has no meaning, those of other tiles are valid.
Result<SolvedMemory> readFromDevice(const DeviceTask &task, StartedSolve &started, const DeviceSolver &solver, bool tiles);

} // namespace nms::jobs
