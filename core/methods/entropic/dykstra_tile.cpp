// SPDX-License-Identifier: Apache-2.0
#include "core/methods/entropic/dykstra_tile.h"

#include "core/methods/method.h"

#include <algorithm>

namespace nms {

namespace {

constexpr double largestGrowth = 1e100; // of q/w since the last rebase
constexpr double largestShrink = 1e-40;
constexpr int iterationsBetweenLooks = 16;

} // namespace

DykstraTile::DykstraTile(NmPattern pattern, double tau, double residualLimit, double tolerance, SimdLevel level)
    : EntropicTile(pattern, tau, residualLimit, tolerance > 0 ? tolerance : never, level)
{ }

void DykstraTile::start(const TileScores &scores)
{
    take(scores);
    buildKernel();
}

void DykstraTile::startFrom(const TileScores &scores, const double *alpha, const double *beta)
{
    EntropicTile::startFrom(scores, alpha, beta);
    if (hasEmptyLine())
        start(scores);
}

bool DykstraTile::hasEmptyLine()
{
    const int m = m_pattern.m, stride = m_source->stride();
    plan(m_key);
    Line columns = {};
    double least = m;
    for (int i = 0; i < m; ++i) {
        double sum = 0;
        for (int j = 0; j < m; ++j) {
            sum += m_key.row(i, stride)[j];
            columns[std::size_t(j)] += m_key.row(i, stride)[j];
        }
        least = std::min(least, sum);
    }
    return !(std::min(least, *std::min_element(columns.begin(), columns.begin() + m)) >= 1.0 / m); // NaN: empty
}

bool DykstraTile::isUncapped() const
{
    const auto isZero = [](double x) {
        return x == 0;
    };
    return m_iterations == 0 && std::all_of(m_work.u, m_work.u + m_pattern.m, isZero) &&
        std::all_of(m_work.v, m_work.v + m_pattern.m, isZero);
}

bool DykstraTile::factorsInRange() const
{
    const auto [wLeast, wMost] = std::minmax_element(m_work.w, m_work.w + m_pattern.m);
    const auto [qLeast, qMost] = std::minmax_element(m_work.q, m_work.q + m_pattern.m);
    // Compared with the initial value 1, too, so that neither w nor q moves far away alone.
    return std::max(*qMost, 1.0) / std::min(*wLeast, 1.0) <= largestGrowth &&
        std::min(*qLeast, 1.0) / std::max(*wMost, 1.0) >= largestShrink;
}

void DykstraTile::advance(int iterations)
{
    while (iterations > 0 && !m_done) {
        int done = 1;
        m_wasUncapped = isUncapped();
        if (m_wasUncapped) {
            m_kernels.firstScaling(m_work);
            m_kernels.buildKernel(m_work);
        } else {
            const int sinceLook = int(m_iterations % iterationsBetweenLooks);
            if (sinceLook == 0 && !factorsInRange())
                m_kernels.rebase(m_work);
            // The first call does one iteration: a tile that starts within the tolerance still does one, however many are
            // requested.
            const int count = m_iterations == 0 ? 1 : std::min(iterations, iterationsBetweenLooks - sinceLook);
            done = m_kernels.scale(m_work, count, count > 1 ? m_tolerance : never);
        }
        m_iterations += done;
        iterations -= done;
        m_done = withinTolerance();
    }
}

void DykstraTile::basis(RoundingBasis &out)
{
    out.isGreedy = true;
    plan(out.keys);
    thresholds(out.alpha.data(), out.beta.data());
    out.sweeps = boundSweeps;
}

TileResult DykstraTile::round(TileMask &out)
{
    plan(m_key);
    Line alpha, beta;
    thresholds(alpha.data(), beta.data());
    return roundBy(m_key.values.data(), alpha.data(), beta.data(), out);
}

namespace {

constexpr std::array starts = {Method::Exact,      Method::Capped, Method::Greedy,
                               Method::GreedySwap, Method::BiNm,   Method::Max1000};

} // namespace

const MethodTraits dykstraTraits = {.method = Method::Dykstra,
                                    .name = "dykstra",
                                    .title = "Dykstra (TSENOR)",
                                    .comparedByDefault = true,
                                    .isEntropic = true,
                                    .passes = 0,
                                    .warmStarts = starts,
                                    .device = DeviceProgram::Dykstra,
                                    .makeIterative = makeEntropic<DykstraTile>};

} // namespace nms
