// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/mask_output.h"

#include "core/jobs/job.h"
#include "core/tensor/row_panels.h"

#include <algorithm>

namespace nms::jobs {

MaskFacts factsOf(const SolveOptions &options, const SolutionTotals &totals, const std::string &source,
                  const std::string &score)
{
    MaskFacts facts;
    facts.pattern = options.pattern;
    facts.method = nameOf(options.method);
    if (isEntropic(options.method)) {
        facts.tau = options.tau;
        facts.tolerance = options.tolerance;
    }
    facts.iterations = totals.mostIterations;
    if (options.warmStart)
        facts.warmStart = nameOf(*options.warmStart);
    facts.score = score;
    if (options.paperSwaps)
        facts.rounding = "paper:" + std::to_string(*options.paperSwaps);
    facts.objective = totals.objective;
    facts.upperBound = totals.upperBound;
    facts.relativeGap = totals.relativeGap;
    facts.source = source;
    return facts;
}

Status inBlocks(std::int64_t rows, std::int64_t cols, std::int64_t cells, const std::stop_token &stop,
                const std::function<Status(std::int64_t first, std::int64_t rows)> &move)
{
    const std::int64_t most = rowsPerBlock(cols, cells);
    for (std::int64_t first = 0; first < rows; first += most) {
        if (stop.stop_requested())
            return fail(cancelled());
        if (Status moved = move(first, std::min(most, rows - first)); !moved)
            return moved;
    }
    return {};
}

Status MaskOutput::write(std::int64_t row0, const Mask &mask, std::int64_t first, std::int64_t rows,
                         const WeightsView *weights)
{
    Mask block(rows, mask.cols());
    for (std::int64_t row = 0; row < rows; ++row)
        std::ranges::copy(mask.row64(first + row), block.row64(row).begin());
    if (m_writer.format() != MaskFormat::Applied)
        return m_writer.writeRows(row0 + first, block);
    if (weights != nullptr && isSolvedAsStored(m_tensor.dtype)) // no view has another type: it became f32 on its way
        return m_writer.writeRows(row0 + first, block,
                                  {weights->row(first).data(), static_cast<std::size_t>(rows * weights->rowBytes())});
    m_raw.resize(static_cast<std::size_t>(rows * mask.cols() * bytesOf(m_tensor.dtype)));
    if (Status read = m_source->readRawRows(m_tensor, row0 + first, rows, m_raw); !read)
        return read;
    return m_writer.writeRows(row0 + first, block, m_raw);
}

} // namespace nms::jobs
