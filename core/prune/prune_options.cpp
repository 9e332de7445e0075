// SPDX-License-Identifier: Apache-2.0
#include "core/prune/prune_options.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nms {

std::span<const FrameworkTraits> frameworks()
{
    static constexpr std::array<FrameworkTraits, 4> all = {{
        {Framework::Magnitude, "magnitude", "Magnitude", false, false},
        {Framework::Wanda, "wanda", "Wanda", true, false},
        {Framework::SparseGpt, "sparsegpt", "SparseGPT", true, true},
        {Framework::Alps, "alps", "ALPS", true, true},
    }};
    return all;
}

const FrameworkTraits &traitsOf(Framework framework)
{
    return frameworks()[static_cast<std::size_t>(framework)];
}

std::optional<Framework> frameworkByName(std::string_view name)
{
    const auto found = std::ranges::find(frameworks(), name, &FrameworkTraits::name);
    return found == frameworks().end() ? std::nullopt : std::optional(found->framework);
}

std::span<const Kind> kinds()
{
    static constexpr std::array<Kind, 3> all = {Kind::Transposable, Kind::RowNm, Kind::Unstructured};
    return all;
}

std::string_view nameOf(Kind kind)
{
    switch (kind) {
    case Kind::Transposable:
        return "transposable";
    case Kind::RowNm:
        return "row-nm";
    case Kind::Unstructured:
        return "unstructured";
    }
    return {};
}

std::optional<Kind> kindByName(std::string_view name)
{
    for (const Kind kind : kinds())
        if (nameOf(kind) == name)
            return kind;
    return std::nullopt;
}

SolveOptions PruneOptions::choice() const
{
    SolveOptions options = tiles;
    if (const auto own = methodByName(nameOf(kind))) { // kinds that are chosen by the method of the same name
        options.method = *own;
        options.warmStart.reset();
        options.paperSwaps.reset();
    }
    return options;
}

std::vector<int> PruneOptions::keeps() const
{
    const NmPattern pattern = tiles.pattern;
    constexpr int eachSide = 2;
    const int step = std::max(1, pattern.m / 8);
    std::vector<int> all;
    for (int k = -eachSide; k <= eachSide; ++k)
        if (const int n = pattern.n + k * step; (blocks && n >= 1 && n <= pattern.m) || k == 0)
            all.push_back(n);
    return all;
}

MaskPromise PruneOptions::promise() const
{
    MaskPromise kept = choice().promise();
    kept.pattern.n = keeps().back();
    kept.exactly = kept.exactly && !blocks && kept.lines != MaskPromise::Lines::None;
    return kept;
}

Status PruneOptions::validate() const
{
    const SolveOptions chosen = choice();
    if (const Status valid = chosen.validate(); !valid)
        return valid;
    if (kind == Kind::Transposable && (!isTransposable(chosen.method) || !chosen.promise().exactly))
        return fail(ErrorKind::Usage, "method",
                    std::string(nameOf(chosen.method)) + " does not keep N along rows and columns",
                    "give one that does, as exact, or another --kind");
    if (blocks && kind == Kind::Unstructured)
        return fail(ErrorKind::Usage, "blocks", "have no meaning for unstructured masks", "give another --kind");
    if (!std::isfinite(damping) || damping < 0 || damping > 1)
        return fail(ErrorKind::Usage, "damping", "is not between 0 and 1", "0.01 is usual");
    return {};
}

} // namespace nms
