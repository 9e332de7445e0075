// SPDX-License-Identifier: Apache-2.0
// What is timed: a GPU, or host lanes, which test the program on machines without one.
#pragma once

#include "core/solver/solver_backend.h"
#include "gpu/cuda/queue.h"

#include <functional>
#include <memory>
#include <string>

namespace nms::warp::bench {

struct Machine {
    std::string name; // "NVIDIA H200"
    std::string software; // "driver for CUDA 13.0, runtime 13.0"
    std::string torchDevice; // "cuda:0"
    std::unique_ptr<SolverBackend> backend;
    std::unique_ptr<warp::Queue> queue;
    /// Duration of a launch; on a GPU measured by events around it.
    std::function<Result<double>(const warp::Launch &)> seconds;
};

Result<Machine> makeHostMachine();
/// Device error if there is no such GPU.
Result<Machine> makeCudaMachine(int device);

} // namespace nms::warp::bench
