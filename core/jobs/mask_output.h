// SPDX-License-Identifier: Apache-2.0
// Masks on their way into a file. Private to core/jobs.
#pragma once

#include "core/io/mask_writer.h"
#include "core/simd/weights_view.h"
#include "core/solver/solution.h"
#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace nms::jobs {

/// What is stored beside a mask; `source` is the weights file, `score` where
/// it is not |W|.
MaskFacts factsOf(const SolveOptions &options, const SolutionTotals &totals, const std::string &source,
                  const std::string &score = {});

/// Calls move(first, rows) for blocks of [0, rows) of at most `cells` entries, so that a stop does not wait for all of a
/// large panel. Cancelled when it was requested.
Status inBlocks(std::int64_t rows, std::int64_t cols, std::int64_t cells, const std::stop_token &stop,
                const std::function<Status(std::int64_t first, std::int64_t rows)> &move);

/// The rows of one tensor's mask, handed to a writer in which the tensor has begun.
class MaskOutput
{
public:
    /// `source` is needed where masked weights are written, else it may be null.
    MaskOutput(MaskWriter &writer, TensorSource *source, const TensorInfo &tensor)
        : m_writer(writer), m_source(source), m_tensor(tensor)
    { }

    /// Rows [first, first + rows) of `mask`, which begins at row `row0` of the tensor. `weights`, where they are in memory
    /// in the tensor's own type, are those of the mask's rows; otherwise the source is read.
    Status write(std::int64_t row0, const Mask &mask, std::int64_t first, std::int64_t rows,
                 const WeightsView *weights = nullptr);

private:
    MaskWriter &m_writer;
    TensorSource *m_source;
    const TensorInfo &m_tensor;
    std::vector<std::byte> m_raw;
};

} // namespace nms::jobs
