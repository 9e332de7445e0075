// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/device_solve.h"

#include "core/sparsity/tile_grid.h"
#include "gpu/cuda/solve_launch.h"
#include "gpu/cuda/warp/stack_programs.h"

#include <algorithm>
#include <cstring>

namespace nms::warp {
namespace {

constexpr std::int64_t alignment = 256;

std::int64_t aligned(std::int64_t bytes)
{
    return (bytes + alignment - 1) / alignment * alignment;
}

std::int64_t bytesOf(DeviceElement type)
{
    return type == DeviceElement::F64 ? 8 : type == DeviceElement::F32 ? 4 : 2;
}

/// F64 as it is packed.
ElementType packedType(DeviceElement type)
{
    return type == DeviceElement::F16 ? ElementType::Float16
        : type == DeviceElement::BF16 ? ElementType::BFloat16
                                      : ElementType::Float32;
}

std::int64_t stackRows(const DeviceProblem &problem)
{
    return problem.matrices * problem.rows;
}

std::int64_t wordsPerRow(const DeviceProblem &problem)
{
    return (problem.cols + 63) / 64;
}

TileGrid gridOf(const DeviceProblem &problem, const SolveOptions &options)
{
    return {problem.rows, problem.cols, options.pattern.m};
}

std::int64_t tilesOf(const DeviceProblem &problem, const SolveOptions &options)
{
    return problem.matrices * gridOf(problem, options).count();
}

StackSteps stepsOf(const StackLayout &layout)
{
    StackSteps steps;
    const auto add = [&](const std::vector<Dimension> &dimensions, std::int32_t &count) {
        for (const Dimension &dimension : dimensions) {
            if (dimension.size == 1)
                continue;
            const int at = steps.rowDimensions + steps.columnDimensions;
            steps.size[at] = dimension.size;
            steps.stride[at] = dimension.stride;
            ++count;
        }
    };
    add(layout.rows, steps.rowDimensions);
    add(layout.cols, steps.columnDimensions);
    return steps;
}

bool fits(const StackLayout &layout)
{
    const auto longer = [](const Dimension &dimension) {
        return dimension.size != 1;
    };
    return std::ranges::count_if(layout.rows, longer) + std::ranges::count_if(layout.cols, longer) <= StackSteps::most;
}

StackSteps packedSteps(std::int64_t rows, std::int64_t cols)
{
    return stepsOf({{{rows, cols}}, {{cols, 1}}});
}

/// How the tiles' launches read values: rows of neighbours, evenly spaced within a matrix.
struct Readable {
    bool packed = false; // first copied to scratch
    bool even = true; // from matrix to matrix, too: one row's distance holds for the whole stack
    std::int64_t stride = 0;
};

/// The dimensions of the stack's rows are those that count matrices, then those of a matrix's rows.
Readable readableOf(const DeviceValues &values, const DeviceProblem &problem)
{
    const Readable packed{true, true, problem.cols};
    if (values.type == DeviceElement::F64 || evenStep(values.layout.cols).value_or(-1) != (problem.cols > 1 ? 1 : 0))
        return packed;
    const std::span<const Dimension> rows = values.layout.rows;
    std::size_t first = rows.size();
    for (std::int64_t size = 1; first > 0 && size < problem.rows;)
        size *= rows[--first].size;
    const std::optional<std::int64_t> step = evenStep(rows.subspan(first));
    if (!step || (problem.rows > 1 && *step < problem.cols))
        return packed;
    return {false, evenStep(rows) == step, std::max(*step, problem.cols)};
}

std::int64_t packedBytes(const DeviceValues &values, const DeviceProblem &problem)
{
    if (!readableOf(values, problem).packed)
        return 0;
    return aligned(stackRows(problem) * problem.cols * warp::bytesOf(packedType(values.type)));
}

/// Where everything lies, and what is read from where.
struct Places {
    Places(const DeviceProblem &problem, const SolveOptions &options, std::byte *scratch, std::byte *memory)
        : bits(reinterpret_cast<std::uint64_t *>(scratch)), figures(reinterpret_cast<TileFigures *>(memory)),
          sums(reinterpret_cast<StackSums *>(memory +
                                             aligned(tilesOf(problem, options) * std::int64_t(sizeof(TileFigures))))),
          bitBytes(stackRows(problem) * wordsPerRow(problem) * 8)
    {
        std::byte *next = scratch + aligned(bitBytes);
        packedWeights = next;
        next += packedBytes(problem.weights, problem);
        packedScores = next;
    }

    std::uint64_t *bits;
    TileFigures *figures;
    StackSums *sums;
    std::int64_t bitBytes;
    std::byte *packedWeights;
    std::byte *packedScores;
};

Status pack(Launcher &launcher, const DeviceValues &values, const DeviceProblem &problem, std::byte *to)
{
    if (!readableOf(values, problem).packed)
        return {};
    PackLaunch launch;
    launch.warps = warpsOfStack(stackRows(problem));
    launch.rows = stackRows(problem);
    launch.cols = problem.cols;
    launch.from = values.data;
    launch.steps = stepsOf(values.layout);
    launch.bytes = int(bytesOf(values.type));
    launch.to = to;
    return launcher.run(launch);
}

StackValues valuesOf(const DeviceValues &values, const DeviceProblem &problem, const std::byte *packed)
{
    if (readableOf(values, problem).packed)
        return {packed, packedType(values.type), packedSteps(stackRows(problem), problem.cols)};
    return {values.data, packedType(values.type), stepsOf(values.layout)};
}

/// One launch for the whole stack where its tiles do not cross matrices, else one for each matrix.
Status solveTiles(Launcher &launcher, const DeviceProblem &problem, const SolveOptions &options, const Places &places,
                  const StackValues &read)
{
    const DeviceValues &values = problem.scores ? *problem.scores : problem.weights;
    const Readable readable = readableOf(values, problem);
    const bool together = problem.matrices == 1 || (readable.even && problem.rows % options.pattern.m == 0);
    const std::int64_t launches = together ? 1 : problem.matrices;
    const TileGrid grid{stackRows(problem) / launches, problem.cols, options.pattern.m};
    const WeightType type = read.type == ElementType::Float16 ? WeightType::F16
        : read.type == ElementType::BFloat16                  ? WeightType::BF16
                                                              : WeightType::F32;
    for (std::int64_t k = 0; k < launches; ++k) {
        const std::int64_t row0 = k * grid.rows;
        const auto *first =
            static_cast<const std::byte *>(read.data) + rowOffset(read.steps, row0) * warp::bytesOf(read.type);
        MaskLaunch launch;
        launch.problem = problemOf(grid, options, first, type, !problem.scores);
        launch.problem.stride = readable.stride;
        launch.tiles = allTiles(grid);
        launch.mask = places.bits + row0 * wordsPerRow(problem);
        launch.maskWordsPerRow = wordsPerRow(problem);
        launch.figures = places.figures + k * grid.count();
        if (const Status status = launcher.run(launchOf(launch, options)); !status)
            return status;
    }
    return {};
}

} // namespace

Status checkDeviceSolve(const std::string &id, const DeviceProblem &problem, const SolveOptions &options)
{
    if (traitsOf(options.method).device == DeviceProgram::None || options.warmStart || options.paperSwaps)
        return fail(ErrorKind::Unsupported, id,
                    options.warmStart        ? "starts no method from another one's result"
                        : options.paperSwaps ? "does not round as the paper does"
                                             : "does not have the method " + std::string(nameOf(options.method)),
                    "choose another method, or hand over a copy in the CPU's memory");
    const bool deep =
        !fits(problem.weights.layout) || !fits(problem.maskLayout) || (problem.scores && !fits(problem.scores->layout));
    if (deep)
        return fail(ErrorKind::Unsupported, id,
                    "takes at most " + std::to_string(StackSteps::most) + " dimensions that are longer than 1",
                    "join some of them with reshape()");
    if (const Status valid = options.validate(); !valid)
        return valid;
    return checkTau(id, options);
}

DeviceSpace deviceSpace(const DeviceProblem &problem, const SolveOptions &options)
{
    DeviceSpace space;
    space.scratch = aligned(stackRows(problem) * wordsPerRow(problem) * 8) + packedBytes(problem.weights, problem) +
        (problem.scores ? packedBytes(*problem.scores, problem) : 0);
    space.figures = aligned(tilesOf(problem, options) * std::int64_t(sizeof(TileFigures))) +
        warpsOfStack(stackRows(problem)) * std::int64_t(sizeof(StackSums));
    return space;
}

Status startDeviceSolve(Launcher &launcher, const DeviceProblem &problem, const SolveOptions &options, std::byte *scratch,
                        std::byte *figures)
{
    if (stackRows(problem) * problem.cols == 0)
        return {};
    const Places places(problem, options, scratch, figures);
    UnpackLaunch unpack;
    unpack.warps = warpsOfStack(stackRows(problem));
    unpack.rows = stackRows(problem);
    unpack.cols = problem.cols;
    unpack.bits = places.bits;
    unpack.wordsPerRow = wordsPerRow(problem);
    unpack.bytes = reinterpret_cast<std::uint8_t *>(problem.mask);
    unpack.steps = stepsOf(problem.maskLayout);
    unpack.compare = problem.compare;
    unpack.weights = valuesOf(problem.weights, problem, places.packedWeights);
    if (problem.scores)
        unpack.scores = valuesOf(*problem.scores, problem, places.packedScores);
    unpack.sums = places.sums;
    Status status = launcher.clear(places.bits, places.bitBytes);
    if (status)
        status = pack(launcher, problem.weights, problem, places.packedWeights);
    if (status && problem.scores)
        status = pack(launcher, *problem.scores, problem, places.packedScores);
    if (status)
        status = solveTiles(launcher, problem, options, places, problem.scores ? unpack.scores : unpack.weights);
    return status ? launcher.run(unpack) : status;
}

DeviceFigures figuresOf(std::span<const std::byte> memory, const DeviceProblem &problem, const SolveOptions &options)
{
    DeviceFigures all;
    if (stackRows(problem) * problem.cols == 0)
        return all;
    const std::int64_t tiles = tilesOf(problem, options);
    all.tiles.reserve(std::size_t(tiles));
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
        TileFigures figures;
        std::memcpy(&figures, memory.data() + tile * std::int64_t(sizeof(TileFigures)), sizeof(TileFigures));
        if (figures.residual == invalidScore && !all.invalidTile)
            all.invalidTile = tile;
        all.tiles.push_back(resultOf(figures, options));
    }
    const std::byte *sums = memory.data() + aligned(tiles * std::int64_t(sizeof(TileFigures)));
    for (std::int64_t warp = 0; warp < warpsOfStack(stackRows(problem)); ++warp) {
        StackSums part;
        std::memcpy(&part, sums + warp * std::int64_t(sizeof(StackSums)), sizeof(StackSums));
        all.sums += MaskSums{part.magnitude, part.keptMagnitude, part.squared, part.squaredLost, part.kept, 0};
        all.scores += part.scores;
        all.keptScores += part.keptScores;
        all.changed += part.changed;
    }
    all.sums.elements = stackRows(problem) * problem.cols;
    if (!problem.scores) {
        all.scores = all.sums.magnitude;
        all.keptScores = all.sums.keptMagnitude;
    }
    return all;
}

} // namespace nms::warp
