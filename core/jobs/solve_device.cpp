// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/solve_device.h"

#include "core/io/memory_source.h"
#include "core/jobs/job.h"
#include "core/jobs/solve_tensor.h"
#include "core/jobs/tensor_selection.h"

#include <optional>
#include <string>
#include <utility>

namespace nms::jobs {

namespace {

std::optional<DeviceElement> elementOf(DType type)
{
    switch (type) {
    case DType::F16:
        return DeviceElement::F16;
    case DType::BF16:
        return DeviceElement::BF16;
    case DType::F32:
        return DeviceElement::F32;
    case DType::F64:
        return DeviceElement::F64;
    default:
        return std::nullopt;
    }
}

Result<DeviceValues> valuesOf(const MemoryTensor &memory, const std::string &axes)
{
    const std::optional<DeviceElement> element = elementOf(memory.dtype);
    if (!element)
        return fail(ErrorKind::Unsupported, memory.path,
                    "holds " + std::string(nameOf(memory.dtype)) + ", which is not solved on a device",
                    "convert it to f16, bf16, f32 or f64");
    return DeviceValues{memory.data, *element, Stack(memory.shape, axes, memory.strides).layout()};
}

Result<DeviceTask> prepare(const MemoryTensor &weights, const MemoryTensor *scores, const MaskMemory &out,
                           const SolveOptions &options, bool compare, const DeviceSolver &solver)
{
    const auto source = openMemory("memory", {weights}); // tells the axes; reads nothing
    if (!source)
        return fail(source.error());
    DeviceTask task;
    task.tensor = (*source)->tensors().front();
    task.options = options;
    const TensorInfo &tensor = task.tensor;
    if (const std::string reason = whyNotCut(tensor, options.pattern.m); !reason.empty())
        return fail(ErrorKind::Input, tensor.path, reason,
                    "choose a smaller M, or say with axes which dimensions are the matrix");
    const std::string &axes = tensor.axes.letters;
    DeviceProblem &problem = task.problem;
    problem.matrices = tensor.matrices();
    problem.rows = tensor.matrixRows();
    problem.cols = tensor.cols();
    const Result<DeviceValues> values = valuesOf(weights, axes);
    if (!values)
        return fail(values.error());
    problem.weights = *values;
    if (scores != nullptr) {
        if (scores->shape != weights.shape)
            return fail(ErrorKind::Usage, "score", "has another shape than the weights", "give one score for each weight");
        const Result<DeviceValues> given = valuesOf(*scores, axes);
        if (!given)
            return fail(given.error());
        problem.scores = *given;
    }
    problem.mask = out.data;
    problem.maskLayout = Stack(tensor.shape, axes, out.strides).layout();
    problem.compare = compare;
    if (const Status possible = solver.check(problem, options); !possible)
        return fail(possible.error());
    task.space = solver.space(problem, options);
    return task;
}

Error invalidTile(const DeviceTask &task, std::int64_t tile)
{
    const TileGrid grid{task.problem.rows, task.problem.cols, task.options.pattern.m};
    const std::int64_t matrix = tile / grid.count();
    const std::int64_t within = tile % grid.count();
    return {ErrorKind::Input, task.problem.matrices > 1 ? matrixOf(task.tensor, matrix).path : task.tensor.path,
            "a weight or score is NaN, infinite or (a score) negative in the tile at (" +
                std::to_string(grid.rowOf(within) * grid.m) + ", " + std::to_string(grid.colOf(within) * grid.m) +
                "), whose mask has no meaning",
            "masks need finite weights, and scores of at least 0"};
}

Result<SolvedMemory> read(const DeviceTask &task, StartedSolve &started, const DeviceSolver &solver, bool tiles)
{
    Result<DeviceFigures> figures = started.read();
    if (!figures)
        return fail(figures.error());
    if (figures->invalidTile)
        return fail(invalidTile(task, *figures->invalidTile));
    const TileGrid each{task.problem.rows, task.problem.cols, task.options.pattern.m};
    StreamedSolution all;
    all.grid = {task.tensor.rows(), task.problem.cols, task.options.pattern.m};
    all.totals.add(figures->tiles);
    all.sums = figures->sums;
    all.scores = figures->scores;
    all.keptScores = figures->keptScores;
    SolvedMemory solved;
    solved.solved = solvedOf(task.tensor, task.options, all);
    solved.axes = task.tensor.axesText();
    solved.matrices = task.problem.matrices;
    solved.tileRows = each.tileRows();
    solved.tileCols = each.tileCols();
    solved.backend = solver.id();
    solved.changed = figures->changed;
    if (tiles)
        solved.tiles = std::move(figures->tiles);
    return solved;
}

} // namespace

Result<DeviceTask> prepareOnDevice(const MemoryTensor &weights, const MemoryTensor *scores, const MaskMemory &out,
                                   const SolveOptions &options, bool compare, const DeviceSolver &solver)
{
    return guarded([&] { return prepare(weights, scores, out, options, compare, solver); });
}

Result<SolvedMemory> readFromDevice(const DeviceTask &task, StartedSolve &started, const DeviceSolver &solver, bool tiles)
{
    return guarded([&] { return read(task, started, solver, tiles); });
}

} // namespace nms::jobs
