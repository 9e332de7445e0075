// SPDX-License-Identifier: Apache-2.0
#include "core/session/batch_solve.h"

namespace nms {

BatchSolve::BatchSolve(SolverBackend &backend, std::shared_ptr<const Matrix<float>> score, const SolveOptions &options)
    : m_backend(backend), m_score(std::move(score)), m_options(options)
{ }

Status BatchSolve::capture(const TileRegion &, Snapshot &)
{
    return fail(ErrorKind::Unsupported, m_backend.id(),
                std::string(nameOf(m_options.method)) + " has no iterations to look at", "watch dykstra or exact instead");
}

Status BatchSolve::save(KeyFrame &out, const std::stop_token &) const
{
    out = {};
    return {};
}

Result<Solution> BatchSolve::round(const Progress &progress) const
{
    return m_backend.solve(m_score->span(), m_options, progress);
}

} // namespace nms
