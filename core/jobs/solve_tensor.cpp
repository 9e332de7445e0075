// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/solve_tensor.h"

#include "core/jobs/mask_output.h"
#include "core/tensor/row_panels.h"

#include <algorithm>
#include <functional>
#include <span>

namespace nms::jobs {

namespace {

constexpr std::int64_t cellsPerBlock = std::int64_t(4) << 20; // 16 MiB of f32

/// Receives rows of a mask; row0 counts in the tensor's stacked view.
using TakeRows = std::function<Status(std::int64_t row0, const Mask &rows)>;

/// Progress that counts on from `before`.
Progress continued(const Progress &progress, std::int64_t before)
{
    if (!progress.report)
        return progress;
    return {progress.stop, [&progress, before](std::int64_t done, std::int64_t) {
                progress.report(before + done, 0);
            }};
}

Result<StreamedSolution> solvePiece(const SolveParts &parts, const TensorInfo &tensor, const TensorPiece &piece,
                                    std::int64_t panelWeights, const TakeRows &take, const Progress &progress)
{
    const SolveOptions &options = parts.options;
    const ScoreRows score = parts.score.rowsOf(tensor, options.threads);
    const std::int64_t height = rowsTogether(tensor, options), end = piece.row0 + piece.rows;
    const bool inParallel = parts.source.readsInParallel(tensor);
    StreamedSolution all;
    for (std::int64_t first = piece.row0; first < end;) {
        const std::int64_t rows = std::min(end, (first / height + 1) * height) - first;
        const auto scoreRows = [&](std::int64_t row0, const WeightsView &weights, Span2d<float> out) {
            return score(first + row0, weights, out);
        };
        const Result<StreamedSolution> solution = solveStreamed(
            parts.solver, {rows, tensor.cols(), solvedTypeOf(tensor), inParallel}, options, panelWeights,
            [&](std::int64_t row0, std::int64_t count, std::span<std::byte> out) {
                // A single row of tiles is read by one of the threads that solve.
                const int threads = count <= options.pattern.m ? 1 : options.threads;
                return readWeights(parts.source, tensor, first + row0, count, out, threads, progress.stop);
            },
            [&](std::int64_t row0, const Mask &mask, const WeightsView &) { return take(first + row0, mask); },
            continued(progress, all.totals.tiles), score ? ScoreRows(scoreRows) : ScoreRows());
        if (!solution)
            return fail(errorIn(parts.source.fileName(), tensor.path, solution.error()));
        all += *solution;
        first += rows;
    }
    return all;
}

/// Solves a piece and saves it.
Result<StreamedSolution> solveAndSave(const SolveParts &parts, const TensorInfo &tensor, const TensorPiece &piece,
                                      std::int64_t panelWeights, const TakeRows &take, const Progress &progress)
{
    FinishedMasks &finished = *parts.finished;
    if (const Status begun = finished.begin(tensor, piece); !begun)
        return fail(begun.error());
    const TakeRows saveAndTake = [&](std::int64_t row0, const Mask &rows) -> Status {
        if (const Status saved = finished.append(rows); !saved)
            return saved;
        return take ? take(row0, rows) : Status();
    };
    auto solved = solvePiece(parts, tensor, piece, panelWeights, saveAndTake, progress);
    if (solved)
        if (const Status saved = finished.finish(tensor, piece, *solved); !saved)
            return fail(saved.error());
    return solved;
}

/// The solution that an earlier run or another process has saved, whose mask is passed on; otherwise it is solved here.
Result<StreamedSolution> readOrSolve(const SolveParts &parts, const TensorInfo &tensor, const TensorPiece &piece,
                                     std::int64_t panelWeights, const TakeRows &take, const Progress &progress)
{
    if (parts.finished == nullptr)
        return solvePiece(parts, tensor, piece, panelWeights, take, progress);
    const auto saved = parts.finished->find(tensor, piece);
    if (!saved)
        return solveAndSave(parts, tensor, piece, panelWeights, take, progress);
    if (const Status read = parts.finished->read(tensor, piece, progress.stop, take); !read)
        return fail(read.error());
    return *saved;
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

WeightType solvedTypeOf(const TensorInfo &tensor)
{
    return tensor.dtype == DType::F16 ? WeightType::F16 : tensor.dtype == DType::BF16 ? WeightType::BF16 : WeightType::F32;
}

Result<TensorInfo> fittedTensor(const SolveParts &parts, const TensorInfo &stored, const std::stop_token &stop)
{
    TensorInfo tensor = stored;
    if (const Status fits = fitToFloat(parts.source, tensor, stop); !fits)
        return fail(fits.error());
    return tensor;
}

Status readWeights(TensorSource &source, const TensorInfo &tensor, std::int64_t row0, std::int64_t rows,
                   std::span<std::byte> out, int threads, const std::stop_token &stop)
{
    const WeightType type = solvedTypeOf(tensor);
    const std::int64_t rowBytes = tensor.cols() * bytesOf(type);
    return visitRows(
        source, tensor, rows, tensor.cols(), threads, stop, [&](std::int64_t first, std::int64_t count) -> Status {
            const std::span<std::byte> bytes = out.subspan(std::size_t(first * rowBytes), std::size_t(count * rowBytes));
            Status read;
            if (!isSolvedAsStored(tensor.dtype)) // the buffer is aligned for any scalar
                read = source.readRows(tensor, row0 + first,
                                       Span2d<float>(reinterpret_cast<float *>(bytes.data()), count, tensor.cols()));
            else
                read = source.readMatrixRows(tensor, row0 + first, count, bytes);
            const int checking = source.readsInParallel(tensor) ? 1 : threads; // 1: this is one of several threads
            return read ? requireFinite({bytes.data(), type, count, tensor.cols()}, row0 + first, source, tensor, checking)
                        : read;
        });
}

Status writeMaskRows(MaskWriter &writer, std::int64_t row0, const Mask &mask, const std::stop_token &stop)
{
    return inBlocks(mask.rows(), mask.cols(), cellsPerBlock, stop,
                    [&](std::int64_t block, std::int64_t rows) { return writeRows(writer, row0, mask, block, rows); });
}

Result<SolvedTensor> finishTensor(const SolveParts &parts, MaskWriter &writer, const TensorInfo &tensor,
                                  StreamedSolution solution)
{
    solution.totals.objective *= parts.score.unit(tensor);
    solution.totals.upperBound *= parts.score.unit(tensor);
    const MaskFacts facts = factsOf(parts.options, solution.totals, parts.source.fileName(),
                                    parts.score.isMagnitude() ? std::string() : parts.score.name());
    if (const Status finished = writer.finishTensor(facts); !finished)
        return fail(finished.error());
    return solvedOf(tensor, parts.options, solution);
}

Result<SolvedTensor> solveTensor(const SolveParts &parts, MaskWriter &writer, const TensorInfo &stored,
                                 std::int64_t panelWeights, const Progress &progress)
{
    const auto tensor = fittedTensor(parts, stored, progress.stop);
    if (!tensor)
        return fail(tensor.error());
    const SolveOptions &options = parts.options;
    if (const Status begun = writer.beginTensor(*tensor, options.promise()); !begun)
        return fail(begun.error());
    const TakeRows write = [&](std::int64_t row0, const Mask &mask) {
        return writeMaskRows(writer, row0, mask, progress.stop);
    };
    StreamedSolution all;
    for (const TensorPiece &piece : piecesOf(*tensor, options, parts.pieceWeights)) {
        const auto solved = readOrSolve(parts, *tensor, piece, panelWeights, write, continued(progress, all.totals.tiles));
        if (!solved)
            return fail(solved.error());
        all += *solved;
    }
    return finishTensor(parts, writer, *tensor, all);
}

Status savePiece(const SolveParts &parts, const TensorInfo &stored, const TensorPiece &piece, std::int64_t panelWeights,
                 const Progress &progress)
{
    if (parts.finished->find(stored, piece))
        return {};
    const auto tensor = fittedTensor(parts, stored, progress.stop);
    if (!tensor)
        return fail(tensor.error());
    const auto solved = solveAndSave(parts, *tensor, piece, panelWeights, {}, progress);
    return solved ? Status() : fail(solved.error());
}

} // namespace nms::jobs
