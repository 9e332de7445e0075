// SPDX-License-Identifier: Apache-2.0
// What a launch is told: plain structures, the same for the device and for the host's lanes. All pointers lie in the
// memory of the queue that runs the launch.
#pragma once

#include <cstdint>

namespace nms::warp {

/// How the elements of a matrix are stored: IEEE 754 binary32, binary16, or the upper half of a binary32.
enum class ElementType : std::int32_t { Float32, Float16, BFloat16 };

constexpr std::int64_t bytesOf(ElementType type)
{
    return type == ElementType::Float32 ? 4 : 2;
}

/// Rows of a matrix, cut into m × m tiles from row 0 on.
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

/// `count` tiles of a rectangle of tiles, row-major, from its `first` on.
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
    std::int32_t *iterations = nullptr; // per tile: done; negative where the last one of capped has moved them far
};

/// Where the search of exact stands in every tile of the whole problem.
struct SearchState {
    std::int32_t *potentials = nullptr; // per tile m rows, then m columns; quantised
    std::uint64_t *kept = nullptr; // per tile the mask, a word for each row
    std::int32_t *steps = nullptr; // per tile: sweeps and augmentations; negative once it is balanced
};

/// In place of a residual: the tile holds a score that is negative or not finite.
constexpr float invalidScore = -1;

/// One tile's outcome.
struct TileFigures {
    double objective = 0;
    double upperBound = 0;
    float residual = 0; // or invalidScore
    std::int32_t iterations = 0;
};

/// What every launch that ends in masks is told.
struct MaskLaunch {
    Problem problem;
    TileSet tiles;
    std::uint64_t *mask = nullptr; // zero at first; laid out as nms::Mask
    std::int64_t maskWordsPerRow = 0;
    TileFigures *figures = nullptr; // by tile of the problem
};

/// Threshold sweeps that exact begins with.
constexpr int exactSweeps = 4;

/// The optimum. Where it is not proven (which a fault alone could bring about) the bound exceeds the objective.
struct ExactLaunch : MaskLaunch { };

/// Likewise, from where the search stands.
struct ExactResumeLaunch : MaskLaunch {
    SearchState search;
    int iteration = 0; // that it stands at
};

/// Greedy on the scores, completed by the best swaps or by the first that fit.
struct GreedyLaunch : MaskLaunch {
    bool bestSwaps = false;
};

/// The n greatest of each row (or column) of a tile.
struct StandardLaunch : MaskLaunch {
    bool alongRows = true;
};

/// Iterations `done` + 1 … `done` + `iterations`, then masks or, to go on from another time, potentials.
struct PlanLaunch : MaskLaunch {
    bool fromScratch = true; // else from the potentials
    int done = 0;
    int iterations = 1; // from scratch: at least one
    float tolerance = 0; // a tile ends at a residual no larger; dykstra: 0 for none
    bool round = true; // to masks
    Potentials potentials; // not needed from scratch to masks
};
struct DykstraLaunch : PlanLaunch { };
struct CappedLaunch : PlanLaunch { };

/// Figures of one tile during a live solve, in TileStats' order.
struct LiveTile {
    float residual = 0; // or invalidScore
    float gap = 0;
    float undecided = 0;
    float lost = 0;
};

/// IterationStats before it is divided by counts.
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
    std::int64_t running = 0; // not within the tolerance
};

/// Blocks that add the groups' sums up before the last one does: one alone reads far slower than memory delivers.
constexpr int liveSubtotals = 128;

/// One iteration of all tiles, and what it has come to.
struct AdvanceLaunch {
    Problem problem;
    TileSet tiles; // all
    int iteration = 0; // the one to do; 0: the state that the first begins with
    float residualLimit = 0;
    float tolerance = 0; // dykstra, capped: a tile within it stays as it is; 0: none
    LiveTile *live = nullptr; // by tile of the problem
    LiveSums *partial = nullptr; // one for each group of tiles that a warp takes (groupsOf)
    LiveSums *subtotals = nullptr; // room for liveSubtotals, between those and
    LiveSums *sums = nullptr; // their total
};
struct DykstraAdvanceLaunch : AdvanceLaunch {
    Potentials potentials;
};
struct CappedAdvanceLaunch : AdvanceLaunch {
    Potentials potentials;
};
/// A sweep, after four of them an augmentation. A warp whose tiles are all balanced has nothing to do: their figures stay.
struct ExactAdvanceLaunch : AdvanceLaunch {
    SearchState search;
};

/// The plan and the thresholds of the tiles of a rectangle.
struct CaptureLaunch {
    Problem problem;
    TileSet tiles;
    float *plan = nullptr; // real cells of the rectangle, row-major
    std::int64_t planStride = 0;
    float *thresholds = nullptr; // per tile of the rectangle: m of rows, then m of columns, in score units
};
struct PlanCaptureLaunch : CaptureLaunch {
    Potentials potentials;
};
struct ExactCaptureLaunch : CaptureLaunch {
    SearchState search;
};

/// M of the specialised routine that takes m: 4, 8, 16, 32 or 64.
constexpr int paddedSide(int m)
{
    int side = 4;
    while (side < m)
        side *= 2;
    return side;
}

/// Tiles that one warp takes side by side.
constexpr int tilesPerWarp(int m)
{
    return paddedSide(m) >= 32 ? 1 : 32 / paddedSide(m);
}

constexpr std::int64_t groupsOf(int m, std::int64_t tiles)
{
    return (tiles + tilesPerWarp(m) - 1) / tilesPerWarp(m);
}

} // namespace nms::warp
