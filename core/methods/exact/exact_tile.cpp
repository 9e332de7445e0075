// SPDX-License-Identifier: Apache-2.0
#include "core/methods/exact/exact_tile.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace nms {

static_assert(ExactWork::maxM == NmPattern::maxM);

namespace {

constexpr int boundSweeps = 1; // for the bound of a mask without a proof

} // namespace

ExactTile::ExactTile(NmPattern pattern, SimdLevel level)
    : m_pattern(pattern), m_stride(strideFor(pattern.m)), m_level(level), m_kernels(exactKernels(level, m_stride)),
      m_rounding(level), m_bound(level)
{
    m_work.n = pattern.n;
    m_work.m = pattern.m;
}

void ExactTile::quantise(const TileScores &scores)
{
    m_source = &scores;
    // In double: the scale of a tile of denormals exceeds float's range.
    m_kernels.quantise(m_work, scores.row(0), scores.maximum() > 0 ? ExactWork::unit / double(scores.maximum()) : 0);
    // Lanes from m on take part in sums whose results are ignored, but must be initialised.
    std::fill_n(m_work.alpha, m_stride, 0);
    std::fill_n(m_work.beta, m_stride, 0);
}

void ExactTile::start(const TileScores &scores)
{
    quantise(scores);
    m_iterations = 0;
    m_balanced = false;
    m_proven = false;
    std::fill_n(m_work.rows, m_pattern.m, 0);
}

void ExactTile::startFrom(const TileScores &scores, const double *, const double *beta)
{
    start(scores);
    if (scores.maximum() == 0)
        return;
    // Adding a constant to all β changes nothing, and sweeps bring them within the tile's maximum of each other anyway.
    constexpr std::int32_t half = ExactWork::unit / 2;
    const double scale = ExactWork::unit / double(scores.maximum());
    const auto [least, most] = std::minmax_element(beta, beta + m_pattern.m);
    const double middle = 0.5 * (*least + *most);
    for (int j = 0; j < m_pattern.m; ++j)
        m_work.beta[j] = std::int32_t(std::lround(std::clamp((beta[j] - middle) * scale, double(-half), double(half))));
}

void ExactTile::iterate()
{
    if (m_balanced)
        return;
    ++m_iterations;
    if (m_source->maximum() == 0) {
        // Every mask is optimal, and α = β = 0 proves it.
        std::copy_n(TileMask::band(m_pattern).rows.data(), m_pattern.m, m_work.rows);
        m_balanced = m_proven = true;
    } else {
        if (m_iterations < sweeps)
            m_kernels.coarseSweep(m_work, m_iterations > 1);
        else if (m_iterations == sweeps)
            m_kernels.sweep(m_work);
        else
            m_kernels.augment(m_work);
        if (m_iterations <= sweeps)
            m_kernels.keep(m_work);
        if (m_iterations < sweeps)
            return; // as in a batch: relaxed thresholds may yet leave a mask that is balanced
        const auto outOfBalance = [this] {
            return m_work.rowsBelow | m_work.rowsAbove | m_work.columnsBelow | m_work.columnsAbove;
        };
        if (m_iterations == sweeps && outOfBalance())
            m_kernels.keepTies(m_work);
        m_balanced = !outOfBalance();
        m_proven = m_balanced && m_kernels.conclude(m_work);
    }
}

TileMask ExactTile::current() const
{
    TileMask mask;
    std::copy_n(m_work.rows, m_pattern.m, mask.rows.data());
    return mask;
}

PlanFigures ExactTile::figures()
{
    const auto [n, m] = m_pattern;
    PlanFigures figures;
    TileLine<int> inColumn = {};
    for (int i = 0; i < m; ++i) {
        const std::uint64_t row = m_work.rows[i];
        figures.rowResidual = std::max(figures.rowResidual, std::abs(std::popcount(row) - n) / double(n));
        for (std::uint64_t bits = row; bits; bits &= bits - 1)
            ++inColumn[std::size_t(std::countr_zero(bits))];
    }
    for (int j = 0; j < m; ++j)
        figures.columnResidual = std::max(figures.columnResidual, std::abs(inColumn[std::size_t(j)] - n) / double(n));
    figures.objective = m_kernels.keptScore(m_work, m_source->row(0));
    figures.open = !m_proven;
    figures.done = m_balanced;
    if (m_proven) {
        figures.upperBound = figures.objective;
    } else {
        TileLine<double> alpha, beta;
        thresholds(alpha.data(), beta.data());
        figures.upperBound = dualBound(*m_source, n, alpha.data(), beta.data(), m_level);
    }
    return figures;
}

void ExactTile::plan(TileArray<double> &out)
{
    for (int i = 0; i < m_pattern.m; ++i)
        for (int j = 0; j < m_pattern.m; ++j)
            out.row(i, m_stride)[j] = m_work.rows[i] >> j & 1 ? 1 : 0;
}

void ExactTile::thresholds(double *alpha, double *beta) const
{
    const double scale = double(m_source->maximum()) / ExactWork::unit;
    for (int k = 0; k < m_pattern.m; ++k) {
        alpha[k] = double(m_work.alpha[k]) * scale;
        beta[k] = double(m_work.beta[k]) * scale;
    }
}

/// The entries in the order of their excess over the threshold.
void ExactTile::keysByExcess(TileArray<double> &keys) const
{
    for (int i = 0; i < m_pattern.m; ++i)
        for (int j = 0; j < m_pattern.m; ++j)
            keys.row(i, m_stride)[j] = double(slack(i, j));
}

void ExactTile::basis(RoundingBasis &out)
{
    out.isGreedy = !m_balanced;
    if (out.isGreedy)
        keysByExcess(out.keys);
    thresholds(out.alpha.data(), out.beta.data());
    out.sweeps = boundSweeps;
}

TileResult ExactTile::round(TileMask &out)
{
    if (m_balanced) {
        out = current();
    } else {
        TileArray<double> key;
        keysByExcess(key);
        out = m_rounding.greedy(key.values.data(), m_stride, m_pattern);
        Rounding::swapUntilFull(*m_source, m_pattern.n, out, Rounding::Choice::Best, m_level);
    }
    TileResult result;
    if (m_proven) {
        result.objective = result.upperBound = m_kernels.keptScore(m_work, m_source->row(0));
    } else {
        TileLine<double> alpha, beta;
        thresholds(alpha.data(), beta.data());
        result = m_bound.judge(*m_source, m_pattern.n, out, alpha.data(), beta.data(), boundSweeps);
    }
    result.residual = m_balanced ? 0 : float(figures().residual());
    result.iterations = m_iterations;
    result.converged = m_proven;
    return result;
}

std::size_t ExactTile::stateBytes() const
{
    return 8 + std::size_t(m_pattern.m) * 24;
}

void ExactTile::suspend(std::byte *state) const
{
    const std::int32_t head[2] = {m_iterations, (m_balanced ? 1 : 0) | (m_proven ? 2 : 0)};
    const std::size_t m = std::size_t(m_pattern.m);
    TileLine<std::int64_t> potential;
    std::memcpy(state, head, 8);
    std::copy_n(m_work.alpha, m, potential.data());
    std::memcpy(state + 8, potential.data(), m * 8);
    std::copy_n(m_work.beta, m, potential.data());
    std::memcpy(state + 8 + m * 8, potential.data(), m * 8);
    std::memcpy(state + 8 + m * 16, m_work.rows, m * 8);
}

void ExactTile::resume(const TileScores &scores, const std::byte *state)
{
    quantise(scores);
    std::int32_t head[2];
    const std::size_t m = std::size_t(m_pattern.m);
    TileLine<std::int64_t> potential;
    std::memcpy(head, state, 8);
    m_iterations = head[0];
    m_balanced = head[1] & 1;
    m_proven = head[1] & 2;
    const auto narrow = [](std::int64_t value) {
        return std::int32_t(value);
    };
    std::memcpy(potential.data(), state + 8, m * 8);
    std::transform(potential.data(), potential.data() + m, m_work.alpha, narrow);
    std::memcpy(potential.data(), state + 8 + m * 8, m * 8);
    std::transform(potential.data(), potential.data() + m, m_work.beta, narrow);
    std::memcpy(m_work.rows, state + 8 + m * 16, m * 8);
    m_kernels.countLines(m_work);
}

ExactRuns::ExactRuns(NmPattern pattern, SimdLevel level)
    : m_pattern(pattern), m_kernels(exactKernels(level, strideFor(pattern.m))), m_alone(pattern, level),
      m_pending(new std::array<Pending, 2>)
{
    for (Pending &pending : *m_pending) {
        pending.batch.work.n = pattern.n;
        pending.batch.work.m = pattern.m;
    }
}

std::int64_t ExactRuns::solveRun(const TileRun &run, const std::stop_token &stop, RunMask &mask, TileResult *results)
{
    const int m = m_pattern.m;
    const int rows = int(std::min<std::int64_t>(m, run.grid.rows - run.row0()));
    int count = 0;
    std::int64_t col0 = run.col0();
    for (std::int64_t tile = run.first; tile < run.end() && !stop.stop_requested(); ++tile, col0 += m) {
        const int cols = int(std::min<std::int64_t>(m, run.grid.cols - col0));
        Pending &pending = (*m_pending)[std::size_t(count)];
        if (!m_kernels.gather(pending.batch, run.columns(col0, cols).data, run.cells.stride, rows, cols))
            return tile;
        if (pending.batch.largest == 0) {
            mask.putTile(run.row0(), col0, m, TileMask::band(m_pattern).rows.data());
            results[tile - run.first] = {.iterations = 1};
            continue;
        }
        pending.tile = tile;
        if (++count == int(m_pending->size())) {
            finish(run, count, stop, mask, results);
            count = 0;
        }
    }
    finish(run, count, stop, mask, results);
    return run.end();
}

void ExactRuns::finish(const TileRun &run, int count, const std::stop_token &stop, RunMask &mask, TileResult *results)
{
    ExactBatchTile *batch[] = {&(*m_pending)[0].batch, &(*m_pending)[1].batch};
    m_kernels.solve(batch, count);
    const int m = m_pattern.m;
    for (int k = 0; k < count; ++k) {
        const std::int64_t tile = (*m_pending)[std::size_t(k)].tile;
        TileResult &result = results[tile - run.first];
        if (!batch[k]->proven) {
            TileSolver::solveRun(run.one(tile), stop, mask, &result);
            continue;
        }
        result = {batch[k]->objective, batch[k]->objective, 0, batch[k]->iterations, true};
        mask.putTile(run.row0(), run.grid.colOf(tile) * m, m, batch[k]->work.rows);
    }
}

TileResult ExactRuns::solve(const TileScores &scores, std::int64_t, const std::stop_token &, TileMask &out)
{
    m_alone.start(scores);
    while (!m_alone.done())
        m_alone.iterate();
    return m_alone.round(out);
}

} // namespace nms
