// SPDX-License-Identifier: Apache-2.0
// The single steps from file to mask. Private to core/bench.
#pragma once

#include "core/bench/io/io_result.h"
#include "core/io/mask_writer.h"
#include "core/jobs/tensor_selection.h"
#include "core/solver/solver_backend.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace nms::bench {

/// Adds up wall and processor time (of all threads, and of child processes) of what runs between start() and stop().
class StopWatch
{
public:
    void start();
    void stop();
    double wall() const { return m_wall; } // seconds
    double processor() const { return m_processor; }

private:
    double m_wall = 0;
    double m_processor = 0;
};

/// The steps on one file; each can be repeated, and leaves no file. One thread at a time.
class IoSteps
{
public:
    IoSteps(const IoSetup &setup, SolverBackend &backend, const std::stop_token &stop);

    /// Unsupported error where a tensor is not stored in a type that is solved as it is.
    Status open();
    std::int64_t weights() const; // of all tensors that are solved
    std::int64_t bytes() const;
    std::int64_t fileBytes() const;

    Status cat(StopWatch &watch) const;
    Status copy(StopWatch &watch) const;
    Status read(StopWatch &watch);
    Status checksum(StopWatch &watch) const;
    Status solve(StopWatch &watch);
    Status write(StopWatch &watch); // the masks of the first panels again and again, so that none has to be kept
    Status whole(StopWatch &watch) const;

private:
    using UsePanel = std::function<Status(const WeightsView &weights)>;

    std::string outputOf(const std::string &name) const { return m_setup.folder + "/nmscope-bench-" + name; }
    Status child(const std::vector<std::string> &words, StopWatch &watch) const;
    /// Rows of a panel: whole rows of tiles of one matrix.
    std::int64_t panelRows(const TensorInfo &tensor) const;
    /// Reads all tensors, panel by panel into the same memory, on this thread.
    Status forEachPanel(const UsePanel &use);
    Status writeTensor(MaskWriter &writer, WeightsSolver &solver, const TensorInfo &tensor, StopWatch &watch);

    const IoSetup &m_setup;
    SolverBackend &m_backend;
    const std::stop_token m_stop;
    std::unique_ptr<jobs::OpenedTensors> m_opened;
};

} // namespace nms::bench
