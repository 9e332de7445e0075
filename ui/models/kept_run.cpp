// SPDX-License-Identifier: Apache-2.0
#include "ui/models/kept_run.h"

#include "core/session/iteration_log.h"

namespace nms {

std::int64_t KeptRun::solutionBytes() const
{
    if (!solution)
        return 0;
    return solution->mask.rows() * solution->mask.wordsPerRow() * std::int64_t(sizeof(std::uint64_t)) +
        std::int64_t(solution->tiles.size() * sizeof(TileResult));
}

std::int64_t KeptRun::bytes() const
{
    return std::int64_t(sizeof(KeptRun) + statistics->size() * sizeof(IterationStats)) + solutionBytes();
}

std::vector<IterationStats> thinned(const std::vector<IterationStats> &statistics, std::size_t most)
{
    IterationLog log(most);
    log.append(statistics);
    return log.all();
}

} // namespace nms
