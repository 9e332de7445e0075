// SPDX-License-Identifier: Apache-2.0
// Reading, solving and writing the tensors of one file, in bounded memory.
#pragma once

#include "app/cli/mask_report.h"
#include "app/cli/progress_bar.h"
#include "core/base/result.h"
#include "core/io/mask_writer.h"
#include "core/solver/solve.h"
#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

namespace nms::cli {

/// What is told of one tensor.
struct Solved {
    MaskReport report;
    SolutionTotals totals;
};

/// One run over all tensors of one file.
class SolveRun
{
public:
    SolveRun(TensorSource &source, WeightsSolver &solver, MaskWriter &writer, const SolveOptions &options,
             std::stop_token stop)
        : m_source(source), m_solver(solver), m_writer(writer), m_options(options), m_stop(std::move(stop))
    { }

    /// The total that progress counts towards; before the first solve().
    void expectTiles(std::int64_t tiles) { m_tilesTotal += tiles; }

    /// The type that a tensor's weights are solved in.
    static WeightType typeOf(const TensorInfo &tensor);

    /// Solves one tensor in panels of at most panelWeights and hands its mask to the writer, which is left for
    /// commit(). Errors name file and tensor; Cancelled when `stop` was requested.
    Result<Solved> solve(const TensorInfo &tensor, std::int64_t panelWeights);

private:
    Status inBlocks(std::int64_t rows, std::int64_t cols,
                    const std::function<Status(std::int64_t, std::int64_t)> &move) const;
    Status readPanel(const TensorInfo &tensor, std::int64_t row0, std::int64_t panelRows, std::span<std::byte> out);
    Status writePanel(const TensorInfo &tensor, std::int64_t row0, const Mask &mask, const WeightsView &weights);
    MaskFacts factsOf(const StreamedSolution &solution) const;

    TensorSource &m_source;
    WeightsSolver &m_solver;
    MaskWriter &m_writer;
    const SolveOptions m_options;
    const std::stop_token m_stop;
    ProgressBar m_bar{"tiles"};
    std::int64_t m_tilesTotal = 0;
    std::int64_t m_tilesDone = 0; // of the tensors before
    std::vector<std::byte> m_raw;
};

} // namespace nms::cli
