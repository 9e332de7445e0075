// SPDX-License-Identifier: Apache-2.0
#include "core/bench/io/io_result.h"

#include <algorithm>

namespace nms::bench {

const IoStep *IoResult::step(std::string_view name) const
{
    const auto found = std::ranges::find_if(steps, [&](const IoStep &one) { return one.name == name; });
    return found == steps.end() || !found->failure.empty() ? nullptr : &*found;
}

std::optional<double> IoResult::overSolving() const
{
    const IoStep *whole = step("whole"), *solving = step("solve");
    if (whole == nullptr || solving == nullptr || solving->processorSeconds <= 0)
        return std::nullopt;
    return whole->processorSeconds / solving->processorSeconds;
}

} // namespace nms::bench
