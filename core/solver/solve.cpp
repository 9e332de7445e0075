// SPDX-License-Identifier: Apache-2.0
#include "core/solver/solve.h"

#include "core/solver/tile_loop.h"

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

void addPanel(Span2d<const float> weights, const Mask &mask, StreamedSolution &into)
{
    for (std::int64_t row = 0; row < weights.rows; ++row) {
        const std::span<const float> values = weights.row(row);
        const std::span<const std::uint64_t> words = mask.row64(row);
        for (std::size_t col = 0; col < values.size(); ++col) {
            const double size = std::abs(double(values[col]));
            const bool kept = words[col / 64] >> (col % 64) & 1;
            into.magnitudeTotal += size;
            into.squaredTotal += size * size;
            into.magnitudeKept += kept ? size : 0;
            into.squaredLost += kept ? 0 : size * size;
        }
    }
    into.kept += mask.kept();
}

/// Rows of a panel: whole tile rows within `panelBytes`, the whole matrix where the method needs that; 0 if that is too
/// much.
std::int64_t panelRows(std::int64_t rows, std::int64_t cols, const SolveOptions &options, std::int64_t panelBytes)
{
    const int m = options.pattern.m;
    const std::int64_t fitting = panelBytes / std::int64_t(sizeof(float)) / std::max<std::int64_t>(1, cols);
    if (fitting >= rows)
        return std::max<std::int64_t>(1, rows);
    return options.method == Method::Unstructured ? 0 : fitting / m * m;
}

} // namespace

SolutionTotals StreamedSolution::totals() const
{
    return totalsOf(tiles);
}

Matrix<float> magnitudeScore(Span2d<const float> weights)
{
    Matrix<float> score(weights.rows, weights.cols);
    for (std::int64_t row = 0; row < weights.rows; ++row)
        for (std::int64_t col = 0; col < weights.cols; ++col)
            score(row, col) = std::abs(weights(row, col));
    return score;
}

Result<StreamedSolution> solveStreamed(SolverBackend &backend, std::int64_t rows, std::int64_t cols,
                                       const SolveOptions &options, std::int64_t panelBytes, const ReadRows &read,
                                       const WriteRows &write, const Progress &progress)
{
    if (const Status valid = options.validate(); !valid)
        return fail(valid.error());
    StreamedSolution streamed;
    streamed.grid = {rows, cols, options.pattern.m};
    const std::int64_t height = panelRows(rows, cols, options, panelBytes);
    if (height == 0)
        return fail(ErrorKind::Resource, std::to_string(rows) + " × " + std::to_string(cols) + " matrix",
                    options.method == Method::Unstructured
                        ? "unstructured ranks the whole matrix, which does not fit the memory limit"
                        : "not even one row of tiles fits the memory limit",
                    "allow more memory");
    return withMemoryErrors(streamed.grid, [&]() -> Result<StreamedSolution> {
        std::int64_t tilesBefore = 0;
        for (std::int64_t row0 = 0; row0 < rows; row0 += height) {
            const std::int64_t count = std::min(height, rows - row0);
            if (progress.stop.stop_requested())
                return fail(ErrorKind::Cancelled, "solve", "stopped before all rows were done");
            Matrix<float> weights(count, cols);
            if (const Status status = read(row0, weights.span()); !status)
                return fail(status.error());
            Progress ofPanel;
            ofPanel.stop = progress.stop;
            if (progress.report)
                ofPanel.report = [&](std::int64_t done, std::int64_t) {
                    progress.report(tilesBefore + done, streamed.grid.count());
                };
            Result<Solution> solved = backend.solve(magnitudeScore(weights.span()).span(), options, ofPanel);
            if (!solved)
                return fail(solved.error());
            tilesBefore += std::int64_t(solved->tiles.size());
            streamed.tiles.insert(streamed.tiles.end(), solved->tiles.begin(), solved->tiles.end());
            streamed.seconds += solved->seconds;
            addPanel(weights.span(), solved->mask, streamed);
            if (const Status status = write(row0, solved->mask, weights.span()); !status)
                return fail(status.error());
        }
        return streamed;
    });
}

Result<std::vector<TileResult>> certify(SolverBackend &backend, Span2d<const float> score, const Mask &mask,
                                        NmPattern pattern, const Progress &progress)
{
    if (mask.rows() != score.rows || mask.cols() != score.cols)
        return fail(ErrorKind::Input, "mask",
                    "is " + std::to_string(mask.rows()) + " × " + std::to_string(mask.cols()) + ", the weights are " +
                        std::to_string(score.rows) + " × " + std::to_string(score.cols),
                    "give the weights that the mask was made for");
    SolveOptions options;
    options.pattern = pattern;
    options.method = Method::Exact;
    Result<Solution> optimum = backend.solve(score, options, progress);
    if (!optimum)
        return fail(optimum.error());
    const auto scores = std::make_unique<TileScores>();
    for (std::size_t tile = 0; tile < optimum->tiles.size(); ++tile) {
        scores->gather(score, optimum->grid, std::int64_t(tile));
        optimum->tiles[tile].objective = keptScore(*scores, loadTile(mask, optimum->grid, std::int64_t(tile)));
    }
    return std::move(optimum->tiles);
}

} // namespace nms
