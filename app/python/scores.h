// SPDX-License-Identifier: Apache-2.0
// What a mask is to keep, as Python says it.
#pragma once

#include "app/python/arrays.h"
#include "core/jobs/score_source.h"

#include <optional>

namespace nms::python {

/// None is |W|, a text a rule ("abs", "square"), anything else an array of finite scores ≥ 0 of the weights' shape, which is
/// held as long as this object.
class Scores
{
public:
    /// UsageError for what is none of these.
    Scores(const nanobind::object &score, const MemoryTensor &weights);

    /// Null for |W|.
    const jobs::ScoreSource *source() const { return m_source ? &*m_source : nullptr; }

private:
    std::optional<ReadArray> m_array;
    std::optional<jobs::ScoreSource> m_source;
};

} // namespace nms::python
