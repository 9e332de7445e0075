// SPDX-License-Identifier: Apache-2.0
#include "app/cli/solve_run.h"

#include "app/cli/row_panels.h"

#include <algorithm>
#include <span>

namespace nms::cli {

/// Calls move(row0, rows) for short blocks of the panel's rows, so that Ctrl-C does not wait for all of a large one.
Status SolveRun::inBlocks(std::int64_t rows, std::int64_t cols,
                          const std::function<Status(std::int64_t, std::int64_t)> &move) const
{
    const std::int64_t most = rowsPerBlock(cols);
    for (std::int64_t row0 = 0; row0 < rows; row0 += most) {
        if (m_stop.stop_requested())
            return fail(cancelled());
        if (Status moved = move(row0, std::min(most, rows - row0)); !moved)
            return moved;
    }
    return {};
}

/// In the file's own type, but for f64, which is rounded on its way.
WeightType SolveRun::typeOf(const TensorInfo &tensor)
{
    return tensor.dtype == DType::F16 ? WeightType::F16 : tensor.dtype == DType::BF16 ? WeightType::BF16 : WeightType::F32;
}

Status SolveRun::readPanel(const TensorInfo &tensor, std::int64_t row0, std::int64_t panelRows, std::span<std::byte> out)
{
    const WeightType type = typeOf(tensor);
    const std::int64_t rowBytes = tensor.cols() * bytesOf(type);
    return inBlocks(panelRows, tensor.cols(), [&](std::int64_t first, std::int64_t rows) -> Status {
        const std::span<std::byte> bytes = out.subspan(std::size_t(first * rowBytes), std::size_t(rows * rowBytes));
        Status read;
        if (tensor.dtype == DType::F64) // memory for any scalar
            read = m_source.readRows(tensor, row0 + first,
                                     Span2d<float>(reinterpret_cast<float *>(bytes.data()), rows, tensor.cols()));
        else
            read = m_source.readRawRows(tensor, row0 + first, rows, bytes);
        if (!read)
            return read;
        return requireFinite({bytes.data(), type, rows, tensor.cols()}, row0 + first, m_source, tensor);
    });
}

Status SolveRun::writePanel(const TensorInfo &tensor, std::int64_t row0, const Mask &mask, const WeightsView &weights)
{
    return inBlocks(mask.rows(), mask.cols(), [&](std::int64_t first, std::int64_t rows) -> Status {
        Mask block(rows, mask.cols());
        for (std::int64_t row = 0; row < rows; ++row)
            std::ranges::copy(mask.row64(first + row), block.row64(row).begin());
        if (m_writer.format() != MaskFormat::Applied)
            return m_writer.writeRows(row0 + first, block);
        if (tensor.dtype != DType::F64)
            return m_writer.writeRows(row0 + first, block,
                                      {weights.row(first).data(), static_cast<std::size_t>(rows * weights.rowBytes())});
        m_raw.resize(static_cast<std::size_t>(rows * mask.cols() * bytesOf(tensor.dtype)));
        if (Status read = m_source.readRawRows(tensor, row0 + first, rows, m_raw); !read)
            return read;
        return m_writer.writeRows(row0 + first, block, m_raw);
    });
}

MaskFacts SolveRun::factsOf(const StreamedSolution &solution) const
{
    const SolutionTotals &totals = solution.totals;
    MaskFacts facts;
    facts.pattern = m_options.pattern;
    facts.method = nameOf(m_options.method);
    if (isEntropic(m_options.method)) {
        facts.tau = m_options.tau;
        facts.tolerance = m_options.tolerance;
    }
    facts.iterations = totals.mostIterations;
    if (m_options.warmStart)
        facts.warmStart = nameOf(*m_options.warmStart);
    facts.objective = totals.objective;
    facts.upperBound = totals.upperBound;
    facts.relativeGap = totals.relativeGap;
    facts.source = m_source.fileName();
    return facts;
}

Result<Solved> SolveRun::solve(const TensorInfo &tensor, std::int64_t panelWeights)
{
    m_bar.setLabel(tensor.path);
    if (const Status begun = m_writer.beginTensor(tensor, m_options.promise()); !begun)
        return fail(begun.error());
    const Progress progress{m_stop, [this](std::int64_t done, std::int64_t) {
                                const std::int64_t all = m_tilesDone + done;
                                m_bar.setShare(static_cast<double>(all) / static_cast<double>(m_tilesTotal), all);
                            }};
    const Result<StreamedSolution> solution = solveStreamed(
        m_solver, {tensor.rows(), tensor.cols(), typeOf(tensor)}, m_options, panelWeights,
        [&](std::int64_t row0, std::int64_t rows, std::span<std::byte> out) { return readPanel(tensor, row0, rows, out); },
        [&](std::int64_t row0, const Mask &mask, const WeightsView &weights) {
            return writePanel(tensor, row0, mask, weights);
        },
        progress);
    if (!solution)
        return fail(errorIn(m_source.fileName(), tensor.path, solution.error()));
    if (const Status finished = m_writer.finishTensor(factsOf(*solution)); !finished)
        return fail(finished.error());
    m_tilesDone += solution->grid.count();

    Solved solved;
    solved.totals = solution->totals;
    const MaskSums &sums = solution->sums;
    MaskReport &report = solved.report;
    report.path = tensor.path;
    report.shape = tensor.shape;
    report.pattern = m_options.pattern;
    report.method = nameOf(m_options.method);
    report.tiles = solved.totals.tiles;
    report.seconds = solution->seconds;
    report.keptFraction = static_cast<double>(sums.kept) / static_cast<double>(tensor.elements());
    report.objective = solved.totals.objective;
    report.upperBound = solved.totals.upperBound;
    report.relativeGap = solved.totals.relativeGap;
    report.keptMagnitude = sums.magnitude > 0 ? sums.keptMagnitude / sums.magnitude : 1;
    report.relativeSquaredError = sums.squared > 0 ? sums.squaredLost / sums.squared : 0;
    return solved;
}

} // namespace nms::cli
