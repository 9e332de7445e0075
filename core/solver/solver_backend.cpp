// SPDX-License-Identifier: Apache-2.0
#include "core/solver/solver_backend.h"

#include "core/base/parallel.h"
#include "core/solver/tile_loop.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <new>
#include <span>

namespace nms {

namespace {

bool hasSign(std::span<const float> row)
{
    std::uint32_t any = 0;
    for (const float weight : row)
        any |= std::bit_cast<std::uint32_t>(weight);
    return any >> 31 != 0;
}

/// Whether this is float32 without any negative sign: scores, which are used without a copy. For weights, the first row
/// usually shows that they are not.
bool areScores(const WeightsView &weights, int threads)
{
    if (weights.type != WeightType::F32 || (weights.rows > 0 && hasSign(weights.floats().row(0))))
        return false;
    std::atomic<bool> signs = false;
    parallelBlocks(weights.rows, std::max<std::int64_t>(1, (1 << 18) / std::max<std::int64_t>(1, weights.cols)), threads, {},
                   [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t row = begin; row < end && !signs.load(std::memory_order_relaxed); ++row)
                           if (hasSign(weights.floats().row(row)))
                               signs = true;
                   });
    return !signs;
}

/// Solves A = |W| by `backend` in float32, for backends that have no solver for weights.
class ScoresSolver : public WeightsSolver
{
public:
    ScoresSolver(SolverBackend &backend, const SolveOptions &options) : m_backend(backend), m_options(options) { }

    Result<Solution> solve(const WeightsView &weights, const Progress &progress) override
    {
        const TileGrid grid{weights.rows, weights.cols, m_options.pattern.m};
        return withMemoryErrors(matrixText(grid), solveByPanels, [&]() -> Result<Solution> {
            if (areScores(weights, m_options.threads))
                return m_backend.solve(weights.floats(), m_options, progress);
            const std::int64_t count = weights.rows * weights.cols;
            if (m_count < count) { // kept from panel to panel: the kernel has to zero new pages first
                m_score.reset();
                m_count = 0;
                m_score = std::make_unique_for_overwrite<float[]>(std::size_t(count));
                m_count = count;
            }
            const Span2d<float> score(m_score.get(), weights.rows, weights.cols);
            toMagnitudes(weights, m_options.threads, score);
            return m_backend.solve(score, m_options, progress);
        });
    }
    std::int64_t weightsAtOnce() override { return std::int64_t(4) << 20; } // what fits the caches
    std::int64_t bytesPerWeight() const override { return sizeof(float); }

private:
    SolverBackend &m_backend;
    const SolveOptions m_options;
    std::unique_ptr<float[]> m_score;
    std::int64_t m_count = 0;
};

} // namespace

Result<HostMemory> WeightsSolver::takeMemory(std::int64_t bytes)
{
    auto *memory = new (std::nothrow) std::byte[std::size_t(bytes)];
    if (memory == nullptr)
        return fail(ErrorKind::Resource, "", "not enough memory for " + std::to_string(bytes) + " bytes of weights",
                    "solve with a smaller memory limit, or close other programs");
    return HostMemory(memory, std::default_delete<std::byte[]>());
}

Result<Solution> WeightsSolver::solveRows(const WeightsView &weights, const RowWork &work, const Progress &progress)
{
    if (const Status filled = work.fill(0, weights.rows); !filled)
        return fail(filled.error());
    Result<Solution> solution = solve(weights, progress);
    if (solution)
        work.use(0, weights.rows, solution->mask);
    return solution;
}

std::vector<Result<Solution>> WeightsSolver::solveAll(std::span<const WeightsView> matrices, const Progress &progress)
{
    std::vector<Result<Solution>> solutions;
    solutions.reserve(matrices.size());
    std::int64_t before = 0; // tiles of earlier matrices
    Progress ofMatrix{progress.stop, {}};
    if (progress.report)
        ofMatrix.report = [&](std::int64_t done, std::int64_t) {
            progress.report(before + done, 0);
        };
    for (const WeightsView &matrix : matrices) {
        const Result<Solution> &solved = solutions.emplace_back(solve(matrix, ofMatrix));
        before += solved ? std::int64_t(solved->tiles.size()) : 0;
    }
    return solutions;
}

Status SolverBackend::check(const SolveOptions &options, bool supported, const char *what) const
{
    if (!supported)
        return fail(ErrorKind::Unsupported, id(),
                    std::string("cannot ") + what + " by " + std::string(nameOf(options.method)),
                    "choose another method or the backend cpu");
    if (!canStart(options))
        return fail(ErrorKind::Unsupported, id(), "cannot start where another method ended",
                    "choose the backend cpu, or leave the warm start out");
    if (!canRound(options))
        return fail(ErrorKind::Unsupported, id(), "cannot round as the paper does",
                    "choose the backend cpu, or leave the rounding out");
    return options.validate();
}

Result<std::unique_ptr<WeightsSolver>> SolverBackend::startWeights(const SolveOptions &options)
{
    if (const Status status = checkSolve(options); !status)
        return fail(status.error());
    return std::make_unique<ScoresSolver>(*this, options);
}

Result<Solution> SolverBackend::solveWeights(const WeightsView &weights, const SolveOptions &options,
                                             const Progress &progress)
{
    const auto solver = startWeights(options);
    if (!solver)
        return fail(solver.error());
    return (*solver)->solve(weights, progress);
}

} // namespace nms
