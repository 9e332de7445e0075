// SPDX-License-Identifier: Apache-2.0
#include "core/methods/entropic/capped_tile.h"

#include "core/methods/method.h"

#include <algorithm>

namespace nms {

namespace {

constexpr int startSweeps = 4;
constexpr int relaxedIterations = 64;
constexpr double relaxation = 0.45; // over-relaxation, as a fraction of the step
// Single precision changes an entry of the plan by a relative amount of up to τ·2⁻²².
constexpr double largestSingleTau = 1000;
constexpr double leastSingleTolerance = 1e-3;
constexpr double largestSingleScale = 1e30; // denormal scores need more

/// In small tiles a single entry that is rounded the other way has more weight, and iterations are cheaper.
constexpr int sharpIterations(int m)
{
    return m <= 8 ? 9 : 6;
}

} // namespace

CappedTile::CappedTile(NmPattern pattern, double tau, double residualLimit, double tolerance, SimdLevel level)
    : EntropicTile(pattern, tau, residualLimit, tolerance > 0 ? tolerance : residualLimit, level),
      m_singleWillDo(tau <= largestSingleTau && m_tolerance >= leastSingleTolerance)
{
    m_single.kernels = &fillKernels<float>(level, strideFor(pattern.m));
    m_double.kernels = &fillKernels<double>(level, strideFor(pattern.m));
}

bool CappedTile::isSingle() const
{
    return m_singleWillDo && m_iterations < relaxedIterations && m_work.scoreToExponent < largestSingleScale;
}

void CappedTile::buildKernel()
{
    withFilling([&]<class T>(Filling<T> &filling) {
        FillWork<T> &work = filling.plan;
        work.n = m_pattern.n;
        work.m = m_pattern.m;
        work.scores = m_source->row(0);
        work.scoreToExponent = m_work.scoreToExponent;
        for (int k = 0; k < m_source->stride(); ++k) {
            work.u[k] = m_work.u[k];
            work.v[k] = m_work.v[k];
            work.w[k] = T(m_work.w[k]);
            work.q[k] = T(m_work.q[k]);
            work.rest[k] = T(m_work.rowRest[k]);
        }
        filling.kernels->buildKernel(work);
    });
}

void CappedTile::start(const TileScores &scores)
{
    Line alpha = {}, beta = {};
    m_bound.sweep(scores, m_pattern.n, alpha.data(), beta.data(), startSweeps);
    startFrom(scores, alpha.data(), beta.data());
}

void CappedTile::advance(int iterations)
{
    while (iterations > 0 && !m_done) {
        const bool relaxed = m_iterations < relaxedIterations, wasSingle = isSingle();
        const int count = relaxed ? std::min(iterations, int(relaxedIterations - m_iterations)) : iterations;
        // After the relaxed iterations the number only has to say that this is not the very first iteration.
        const int begin = relaxed ? int(m_iterations) : relaxedIterations;
        const int done = withFilling([&]<class T>(Filling<T> &filling) {
            FillWork<T> &work = filling.plan;
            const FillStep kind = {!relaxed, relaxed ? relaxation : 0};
            const int filled = filling.kernels->fill(work, begin, begin + count, kind, m_tolerance);
            for (int k = 0; k < m_pattern.m; ++k) {
                m_work.u[k] = work.u[k];
                m_work.v[k] = work.v[k];
                m_work.w[k] = double(work.w[k]);
                m_work.q[k] = double(work.q[k]);
            }
            return filled;
        });
        m_iterations += done;
        iterations -= done;
        if (isSingle() != wasSingle)
            buildKernel();
        m_done = withinTolerance();
    }
}

double CappedTile::residual()
{
    return withFilling([&]<class T>(Filling<T> &filling) {
        if (filling.plan.rowResidual < 0)
            filling.kernels->residuals(filling.plan);
        return std::max(filling.plan.rowResidual, filling.plan.columnResidual);
    });
}

PlanFigures CappedTile::figures()
{
    EntropicTile::buildKernel();
    PlanFigures figures = EntropicTile::figures();
    residual();
    withFilling([&]<class T>(Filling<T> &filling) {
        figures.rowResidual = filling.plan.rowResidual;
        figures.columnResidual = filling.plan.columnResidual;
    });
    figures.capacityResidual = 0; // a projection satisfies the cap
    figures.open = figures.residual() > m_residualLimit;
    return figures;
}

void CappedTile::plan(TileArray<double> &out)
{
    EntropicTile::buildKernel();
    EntropicTile::plan(out);
}

/// Computes thresholds and keys from the sharpened plan.
void CappedTile::sharpen(double *alpha, double *beta)
{
    withFilling([&]<class T>(Filling<T> &filling) {
        const FillKernels<T> &kernels = *filling.kernels;
        kernels.sharpen(filling.plan, filling.sharp);
        kernels.fill(filling.sharp, 0, sharpIterations(m_pattern.m), {false, 0}, never);
        kernels.thresholds(filling.sharp, alpha, beta);
        kernels.excess(filling.sharp, alpha, beta, m_key.values.data());
    });
}

void CappedTile::basis(RoundingBasis &out)
{
    const int m = m_pattern.m, stride = m_source->stride();
    out.isGreedy = true;
    sharpen(out.alpha.data(), out.beta.data());
    for (int i = 0; i < m; ++i)
        std::copy_n(m_key.row(i, stride), m, out.keys.row(i, stride));
    out.sweeps = boundSweeps;
}

TileResult CappedTile::round(TileMask &out)
{
    Line alpha, beta;
    sharpen(alpha.data(), beta.data());
    return roundBy(m_key.values.data(), alpha.data(), beta.data(), out);
}

namespace {

constexpr std::array starts = {Method::Exact,      Method::Dykstra, Method::Greedy,
                               Method::GreedySwap, Method::BiNm,    Method::Max1000};

} // namespace

const MethodTraits cappedTraits = {.method = Method::Capped,
                                   .name = "capped",
                                   .title = "Capped transport",
                                   .isEntropic = true,
                                   .stopsWhenConverged = true,
                                   .warmStarts = starts,
                                   .device = DeviceProgram::Capped,
                                   .makeIterative = makeEntropic<CappedTile>};

} // namespace nms
