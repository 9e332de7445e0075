// SPDX-License-Identifier: Apache-2.0
#include "core/solver/solve.h"

#include "core/base/parallel.h"
#include "core/solver/tile_loop.h"

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

void toMagnitudes(Span2d<const float> weights, int threads, Span2d<float> score)
{
    constexpr std::int64_t cellsPerBlock = 1 << 16;
    parallelBlocks(weights.rows, cellsPerBlock / std::max<std::int64_t>(1, weights.cols), threads, {},
                   [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t row = begin; row < end; ++row)
                           std::ranges::transform(weights.row(row), score.row(row).begin(),
                                                  [](float w) { return std::abs(w); });
                   });
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

Matrix<float> magnitudeScore(Span2d<const float> weights)
{
    Matrix<float> score(weights.rows, weights.cols);
    toMagnitudes(weights, 0, score.span());
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
        // Held from panel to panel: fresh pages have to be zeroed by the kernel first.
        Matrix<float> weightsOfPanel(std::min(height, rows), cols), scoreOfPanel(std::min(height, rows), cols);
        for (std::int64_t row0 = 0; row0 < rows; row0 += height) {
            const std::int64_t count = std::min(height, rows - row0);
            if (progress.stop.stop_requested())
                return fail(ErrorKind::Cancelled, "solve", "stopped before all rows were done");
            const Span2d<float> weights = weightsOfPanel.span().block(0, 0, count, cols);
            const Span2d<float> score = scoreOfPanel.span().block(0, 0, count, cols);
            if (const Status status = read(row0, weights); !status)
                return fail(status.error());
            Progress ofPanel;
            ofPanel.stop = progress.stop;
            if (progress.report)
                ofPanel.report = [&](std::int64_t done, std::int64_t) {
                    progress.report(streamed.totals.tiles + done, streamed.grid.count());
                };
            toMagnitudes(weights, options.threads, score);
            const Result<Solution> solved = backend.solve(score, options, ofPanel);
            if (!solved)
                return fail(solved.error());
            streamed.totals.add(solved->tiles);
            streamed.seconds += solved->seconds;
            streamed.sums += maskSums(weights, solved->mask, options.threads);
            if (const Status status = write(row0, solved->mask, weights); !status)
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
