// SPDX-License-Identifier: Apache-2.0
// Parameters of launches: plain structures, the same for the device and for host lanes. All pointers are into the memory of
// the queue that runs the launch.
#pragma once

#include <cstdint>

namespace nms::warp {

/// How the elements of a matrix are stored: IEEE 754 binary32, binary16, or the upper half of a binary32.
enum class ElementType : std::int32_t { Float32, Float16, BFloat16 };

constexpr std::int64_t bytesOf(ElementType type)
{
    return type == ElementType::Float32 ? 4 : 2;
}

/// Rows of a matrix that is divided into m × m tiles from row 0 on.
struct Problem {
    const void *weights = nullptr; // finite; aligned to an element
    ElementType type = ElementType::Float32;
    bool magnitudes = false; // a score is |w|; otherwise w itself, and none may be negative
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t stride = 0; // elements from row to row
    int n = 1;
    int m = 1;
    double scale = 0; // τ · log₂ e: exponents have base 2 throughout
};

/// `count` tiles of a rectangle of tiles, in row-major order, beginning with tile `first`.
struct TileSet {
    std::int64_t row0 = 0; // the rectangle's first tile row and column
    std::int64_t col0 = 0;
    std::int64_t width = 0; // tiles in a row of the rectangle
    std::int64_t first = 0;
    std::int64_t count = 0;
};

/// Potentials of every tile of the whole problem: the plan is min(1, 2^(scale·A/max + e_i + e_j) · f_i · f_j). Per tile
/// m rows, then m columns.
struct Potentials {
    std::int32_t *exponents = nullptr;
    float *factors = nullptr;
    std::int32_t *iterations = nullptr; // done, per tile; negative if the last iteration of capped moved its potentials far
};

/// State of the search by exact in every tile of the whole problem.
struct SearchState {
    std::int32_t *potentials = nullptr; // per tile m rows, then m columns; quantised
    std::uint64_t *kept = nullptr; // per tile the mask, a word for each row
    std::int32_t *steps = nullptr; // per tile: sweeps and augmentations; negative once it is balanced
};

/// Stored in place of a residual if the tile has a score that is negative or not finite.
constexpr float invalidScore = -1;

/// Results of one tile.
struct TileFigures {
    double objective = 0;
    double upperBound = 0;
    float residual = 0; // or invalidScore
    std::int32_t iterations = 0;
};

/// Parameters of every launch that produces masks.
struct MaskLaunch {
    Problem problem;
    TileSet tiles;
    std::uint64_t *mask = nullptr; // initially zero; layout of nms::Mask
    std::int64_t maskWordsPerRow = 0;
    TileFigures *figures = nullptr; // indexed by tile of the problem
};

/// Number of threshold sweeps with which exact begins; all but the last are relaxed ones, on coarse scores where n is half of
/// the padded side.
constexpr int exactSweeps = 6;

/// Finds the optimum. If it is not proven (only possible through a bug) the bound exceeds the objective.
struct ExactLaunch : MaskLaunch { };

/// The same, continuing from a state of the search.
struct ExactResumeLaunch : MaskLaunch {
    SearchState search;
    int iteration = 0; // number of iterations done in that state
};

/// Greedy selection on the scores, completed by the best swaps or by the first possible ones.
struct GreedyLaunch : MaskLaunch {
    bool bestSwaps = false;
};

/// The n greatest of each row (or column) of a tile.
struct StandardLaunch : MaskLaunch {
    bool alongRows = true;
};

/// Iterations `done` + 1 … `done` + `iterations`; the result is masks, or potentials to continue from later.
struct PlanLaunch : MaskLaunch {
    bool fromScratch = true; // otherwise from the potentials
    int done = 0;
    int iterations = 1; // from scratch: at least one
    float tolerance = 0; // a tile stops once its residual is no larger; dykstra: 0 for none
    bool round = true; // produce masks
    Potentials potentials; // unused when masks are made from scratch
};
struct DykstraLaunch : PlanLaunch { };
struct CappedLaunch : PlanLaunch { };

/// Figures of one tile during a live solve, in the order of TileStats.
struct LiveTile {
    float residual = 0; // or invalidScore
    float gap = 0;
    float undecided = 0;
    float lost = 0;
};

/// IterationStats before the division by counts.
struct LiveSums {
    double rowResidual = 0; // maxima
    double columnResidual = 0;
    double capacityResidual = 0;
    double residual = 0; // sums from here on
    double objective = 0;
    double upperBound = 0;
    double entropy = 0; // nats
    std::int64_t fractional = 0;
    std::int64_t open = 0;
    std::int64_t running = 0; // tiles that are not within the tolerance
};

/// Number of blocks that pre-add the sums of groups for the last block: a single block reads far more slowly than memory can
/// deliver.
constexpr int liveSubtotals = 128;

/// One iteration of all tiles, and their figures.
struct AdvanceLaunch {
    Problem problem;
    TileSet tiles; // all
    int iteration = 0; // the iteration to do; 0: make the initial state
    float residualLimit = 0;
    float tolerance = 0; // dykstra, capped: a tile within it is left unchanged; 0: none
    LiveTile *live = nullptr; // indexed by tile of the problem
    LiveSums *partial = nullptr; // one for each group of tiles that a warp processes (groupsOf)
    LiveSums *subtotals = nullptr; // space for liveSubtotals partial totals
    LiveSums *sums = nullptr; // the total
};
struct DykstraAdvanceLaunch : AdvanceLaunch {
    Potentials potentials;
};
struct CappedAdvanceLaunch : AdvanceLaunch {
    Potentials potentials;
};
/// A sweep, or after four of them an augmentation. A warp whose tiles are all balanced does nothing: their figures stay.
struct ExactAdvanceLaunch : AdvanceLaunch {
    SearchState search;
};

/// Writes the plan and the thresholds of the tiles of a rectangle.
struct CaptureLaunch {
    Problem problem;
    TileSet tiles;
    float *plan = nullptr; // real cells (without padding) of the rectangle, row-major
    std::int64_t planStride = 0;
    float *thresholds = nullptr; // per tile of the rectangle: m of rows, then m of columns, in score units
};
struct PlanCaptureLaunch : CaptureLaunch {
    Potentials potentials;
};
struct ExactCaptureLaunch : CaptureLaunch {
    SearchState search;
};

/// Where the elements of a stack of matrices lie in memory. Its matrices follow each other, one below the other: element
/// (row, column) is Σ index · stride elements from the first, with the row's index in `rowDimensions` dimensions and the
/// column's in the `columnDimensions` after them, the last of each group varying fastest.
struct StackSteps {
    static constexpr int most = 8;

    std::int32_t rowDimensions = 0;
    std::int32_t columnDimensions = 0;
    std::int64_t size[most] = {};
    std::int64_t stride[most] = {}; // in elements
};

/// Number of warps that share the rows of a stack in a launch that walks through it: enough to fill any device.
constexpr std::int64_t warpsOfStack(std::int64_t rows)
{
    constexpr std::int64_t enough = 8192;
    return rows < enough ? rows : enough;
}

/// Copies a stack of matrices to packed rows; f64 is rounded to f32.
struct PackLaunch {
    std::int64_t warps = 0; // warpsOfStack()
    std::int64_t rows = 0; // of all matrices
    std::int64_t cols = 0;
    const void *from = nullptr;
    StackSteps steps;
    int bytes = 0; // of an element of `from`: 2, 4, or 8 for f64
    void *to = nullptr;
};

/// Sums over a part of a stack and its mask.
struct StackSums {
    double magnitude = 0; // Σ|W|
    double keptMagnitude = 0;
    double squared = 0; // ΣW²
    double squaredLost = 0;
    double scores = 0; // ΣA
    double keptScores = 0;
    std::int64_t kept = 0; // ones of the mask
    std::int64_t changed = 0; // bytes that were another value before
};

/// Weights or scores of a stack; the columns of a row are neighbours.
struct StackValues {
    const void *data = nullptr;
    ElementType type = ElementType::Float32;
    StackSteps steps; // of the rows; the columns are not asked for
};

/// Writes a mask as one byte, 0 or 1, for each weight, and sums.
struct UnpackLaunch {
    std::int64_t warps = 0; // warpsOfStack()
    std::int64_t rows = 0; // of all matrices
    std::int64_t cols = 0;
    const std::uint64_t *bits = nullptr; // layout of nms::Mask
    std::int64_t wordsPerRow = 0;
    std::uint8_t *bytes = nullptr;
    StackSteps steps; // of the bytes
    bool compare = false; // count changes: reads the bytes first
    StackValues weights;
    StackValues scores; // without data: |W|
    StackSums *sums = nullptr; // one for each warp
};

/// Side of the specialised routine that is used for m: 4, 8, 16, 32 or 64.
constexpr int paddedSide(int m)
{
    int side = 4;
    while (side < m)
        side *= 2;
    return side;
}

/// Number of tiles that one warp processes side by side.
constexpr int tilesPerWarp(int m)
{
    return paddedSide(m) >= 32 ? 1 : 32 / paddedSide(m);
}

constexpr std::int64_t groupsOf(int m, std::int64_t tiles)
{
    return (tiles + tilesPerWarp(m) - 1) / tilesPerWarp(m);
}

} // namespace nms::warp
