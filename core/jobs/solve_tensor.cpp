// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/solve_tensor.h"

#include "core/jobs/mask_output.h"

#include <span>

namespace nms::jobs {

namespace {

constexpr std::int64_t cellsPerBlock = std::int64_t(4) << 20; // 16 MiB of f32

/// In the type that is solved. Input error naming the first NaN or Inf.
Status readPanel(TensorSource &source, const TensorInfo &tensor, std::int64_t row0, std::int64_t panelRows,
                 std::span<std::byte> out, const std::stop_token &stop)
{
    const WeightType type = solvedTypeOf(tensor);
    const std::int64_t rowBytes = tensor.cols() * bytesOf(type);
    return inBlocks(panelRows, tensor.cols(), cellsPerBlock, stop, [&](std::int64_t first, std::int64_t rows) -> Status {
        const std::span<std::byte> bytes = out.subspan(std::size_t(first * rowBytes), std::size_t(rows * rowBytes));
        Status read;
        if (!isSolvedAsStored(tensor.dtype)) // memory for any scalar
            read = source.readRows(tensor, row0 + first,
                                   Span2d<float>(reinterpret_cast<float *>(bytes.data()), rows, tensor.cols()));
        else
            read = source.readRawRows(tensor, row0 + first, rows, bytes);
        if (!read)
            return read;
        return requireFinite({bytes.data(), type, rows, tensor.cols()}, row0 + first, source, tensor);
    });
}

SolvedTensor solvedOf(const TensorInfo &tensor, const SolveOptions &options, const StreamedSolution &solution)
{
    SolvedTensor solved;
    solved.totals = solution.totals;
    const MaskSums &sums = solution.sums;
    MaskReport &report = solved.report;
    report.path = tensor.path;
    report.shape = tensor.shape;
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

} // namespace

WeightType solvedTypeOf(const TensorInfo &tensor)
{
    return tensor.dtype == DType::F16 ? WeightType::F16 : tensor.dtype == DType::BF16 ? WeightType::BF16 : WeightType::F32;
}

Result<SolvedTensor> solveTensor(const SolveParts &parts, const TensorInfo &tensor, std::int64_t panelWeights,
                                 const Progress &progress)
{
    const SolveOptions &options = parts.options;
    if (const Status begun = parts.writer.beginTensor(tensor, options.promise()); !begun)
        return fail(begun.error());
    MaskOutput output(parts.writer, &parts.source, tensor);
    const Result<StreamedSolution> solution = solveStreamed(
        parts.solver, {tensor.rows(), tensor.cols(), solvedTypeOf(tensor)}, options, panelWeights,
        [&](std::int64_t row0, std::int64_t rows, std::span<std::byte> out) {
            return readPanel(parts.source, tensor, row0, rows, out, progress.stop);
        },
        [&](std::int64_t row0, const Mask &mask, const WeightsView &weights) {
            return inBlocks(
                mask.rows(), mask.cols(), cellsPerBlock, progress.stop,
                [&](std::int64_t first, std::int64_t rows) { return output.write(row0, mask, first, rows, &weights); });
        },
        progress, parts.score.rowsOf(tensor, options.threads));
    if (!solution)
        return fail(errorIn(parts.source.fileName(), tensor.path, solution.error()));
    const MaskFacts facts = factsOf(options, solution->totals, parts.source.fileName(),
                                    parts.score.isMagnitude() ? std::string() : parts.score.name());
    if (const Status finished = parts.writer.finishTensor(facts); !finished)
        return fail(finished.error());
    return solvedOf(tensor, options, *solution);
}

} // namespace nms::jobs
