// SPDX-License-Identifier: Apache-2.0
#include "app/python/scores.h"

#include "app/python/errors.h"

#include <nanobind/stl/string.h>

#include <string>

namespace nb = nanobind;

namespace nms::python {

Scores::Scores(const nb::object &score, const MemoryTensor &weights)
{
    if (score.is_none())
        return;
    if (nb::isinstance<nb::str>(score)) {
        const std::string name = nb::cast<std::string>(score);
        if (scoreRuleByName(name) == nullptr)
            raiseUsage("score", "\"" + name + "\" is no rule", "give \"abs\", \"square\" or an array of the weights' shape");
        m_source = valueOr(jobs::ScoreSource::open(name, {}));
        return;
    }
    m_array = nb::cast<ReadArray>(score);
    MemoryTensor scores = memoryOf(*m_array, "score", weights.axes);
    if (scores.shape != weights.shape)
        raiseUsage("score", "has another shape than the weights", "give one score for each weight");
    scores.path = weights.path;
    m_source = jobs::ScoreSource::of(valueOr(openMemory("score", {std::move(scores)})));
}

} // namespace nms::python
