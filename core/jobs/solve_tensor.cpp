// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/solve_tensor.h"

#include "core/jobs/mask_output.h"
#include "core/tensor/row_panels.h"

#include <span>

namespace nms::jobs {

namespace {

constexpr std::int64_t cellsPerBlock = std::int64_t(4) << 20; // 16 MiB of f32

/// Reads rows in the type that is solved. Input error naming the first NaN or Inf.
Status readPanel(TensorSource &source, const TensorInfo &tensor, std::int64_t row0, std::int64_t panelRows,
                 std::span<std::byte> out, const std::stop_token &stop)
{
    const WeightType type = solvedTypeOf(tensor);
    const std::int64_t rowBytes = tensor.cols() * bytesOf(type);
    return inBlocks(panelRows, tensor.cols(), cellsPerBlock, stop, [&](std::int64_t first, std::int64_t rows) -> Status {
        const std::span<std::byte> bytes = out.subspan(std::size_t(first * rowBytes), std::size_t(rows * rowBytes));
        Status read;
        if (!isSolvedAsStored(tensor.dtype)) // the buffer is aligned for any scalar
            read = source.readRows(tensor, row0 + first,
                                   Span2d<float>(reinterpret_cast<float *>(bytes.data()), rows, tensor.cols()));
        else
            read = source.readMatrixRows(tensor, row0 + first, rows, bytes);
        if (!read)
            return read;
        return requireFinite({bytes.data(), type, rows, tensor.cols()}, row0 + first, source, tensor);
    });
}

/// Solves all matrices of a tensor that the writer has begun.
Result<StreamedSolution> solveRows(const SolveParts &parts, const TensorInfo &tensor, std::int64_t panelWeights,
                                   const Progress &progress)
{
    const SolveOptions &options = parts.options;
    const ScoreRows score = parts.score.rowsOf(tensor, options.threads);
    const std::int64_t height = rowsTogether(tensor, options);
    StreamedSolution all;
    for (std::int64_t first = 0; first < tensor.rows(); first += height) {
        const auto scoreRows = [&](std::int64_t row0, const WeightsView &weights, Span2d<float> out) {
            return score(first + row0, weights, out);
        };
        const auto report = [&, before = all.totals.tiles](std::int64_t done, std::int64_t) {
            progress.report(before + done, 0);
        };
        const Result<StreamedSolution> solution = solveStreamed(
            parts.solver, {height, tensor.cols(), solvedTypeOf(tensor)}, options, panelWeights,
            [&](std::int64_t row0, std::int64_t rows, std::span<std::byte> out) {
                return readPanel(parts.source, tensor, first + row0, rows, out, progress.stop);
            },
            [&](std::int64_t row0, const Mask &mask, const WeightsView &) -> Status {
                if (parts.finished != nullptr)
                    if (const Status saved = parts.finished->append(mask); !saved)
                        return saved;
                return inBlocks(mask.rows(), mask.cols(), cellsPerBlock, progress.stop,
                                [&](std::int64_t block, std::int64_t rows) {
                                    return writeRows(parts.writer, first + row0, mask, block, rows);
                                });
            },
            progress.report ? Progress{progress.stop, report} : progress, score ? ScoreRows(scoreRows) : ScoreRows());
        if (!solution)
            return fail(errorIn(parts.source.fileName(), tensor.path, solution.error()));
        all += *solution;
    }
    all.totals.objective *= parts.score.unit(tensor);
    all.totals.upperBound *= parts.score.unit(tensor);
    return all;
}

/// The solution that an earlier run has saved, whose mask is passed to the writer; otherwise that of solveRows(), saved.
Result<StreamedSolution> readOrSolveRows(const SolveParts &parts, const TensorInfo &tensor, std::int64_t panelWeights,
                                         const Progress &progress)
{
    FinishedMasks *finished = parts.finished;
    if (finished == nullptr)
        return solveRows(parts, tensor, panelWeights, progress);
    if (auto saved = finished->find(tensor)) {
        if (const Status read =
                finished->read(tensor, progress.stop,
                               [&](std::int64_t row0, const Mask &rows) { return parts.writer.writeRows(row0, rows); });
            !read)
            return fail(read.error());
        return *saved;
    }
    if (const Status begun = finished->begin(tensor); !begun)
        return fail(begun.error());
    auto solved = solveRows(parts, tensor, panelWeights, progress);
    if (solved)
        if (const Status saved = finished->finish(tensor, *solved); !saved)
            return fail(saved.error());
    return solved;
}

} // namespace

SolvedTensor solvedOf(const TensorInfo &tensor, const SolveOptions &options, const StreamedSolution &solution)
{
    SolvedTensor solved;
    solved.totals = solution.totals;
    const MaskSums &sums = solution.sums;
    MaskReport &report = solved.report;
    report.path = tensor.path;
    report.shape = tensor.shape;
    report.axes = tensor.axes.letters;
    report.pattern = options.pattern;
    report.method = nameOf(options.method);
    report.tiles = solved.totals.tiles;
    report.seconds = solution.seconds;
    report.keptFraction = static_cast<double>(sums.kept) / static_cast<double>(tensor.elements());
    report.objective = solved.totals.objective;
    report.upperBound = solved.totals.upperBound;
    report.relativeGap = solved.totals.relativeGap;
    report.keptMagnitude = sums.magnitude > 0 ? sums.keptMagnitude / sums.magnitude : 1;
    report.relativeSquaredError = sums.squared > 0 ? sums.squaredLost / sums.squared : 0;
    report.keptScore = solution.scores > 0 ? solution.keptScores / solution.scores : 1;
    if (options.paperSwaps)
        report.shortLines = solution.shortLines;
    return solved;
}

std::int64_t rowsTogether(const TensorInfo &tensor, const SolveOptions &options)
{
    const bool apart = tensor.matrixRows() % options.pattern.m != 0 || traitsOf(options.method).takesWholeMatrix;
    return apart ? tensor.matrixRows() : tensor.rows();
}

WeightType solvedTypeOf(const TensorInfo &tensor)
{
    return tensor.dtype == DType::F16 ? WeightType::F16 : tensor.dtype == DType::BF16 ? WeightType::BF16 : WeightType::F32;
}

Result<SolvedTensor> solveTensor(const SolveParts &parts, const TensorInfo &stored, std::int64_t panelWeights,
                                 const Progress &progress)
{
    TensorInfo tensor = stored;
    if (const Status fitted = fitToFloat(parts.source, tensor, progress.stop); !fitted)
        return fail(fitted.error());
    const SolveOptions &options = parts.options;
    if (const Status begun = parts.writer.beginTensor(tensor, options.promise()); !begun)
        return fail(begun.error());
    const auto all = readOrSolveRows(parts, tensor, panelWeights, progress);
    if (!all)
        return fail(all.error());
    const MaskFacts facts = factsOf(options, all->totals, parts.source.fileName(),
                                    parts.score.isMagnitude() ? std::string() : parts.score.name());
    if (const Status finished = parts.writer.finishTensor(facts); !finished)
        return fail(finished.error());
    return solvedOf(tensor, options, *all);
}

} // namespace nms::jobs
