// SPDX-License-Identifier: Apache-2.0
#include "core/sandbox/sandbox_method.h"

#include <algorithm>
#include <string>
#include <vector>

namespace nms {

namespace {

using Kind = SandboxMethod::Kind;

constexpr SandboxMethod general[] = {
    {Kind::Dykstra,
     "dykstra",
     "Dykstra",
     "Scales rows, then columns, then cuts at the caps and remembers by how much: converges to the optimum of the entropic "
     "problem",
     true,
     true,
     {}},
    {Kind::Alternating,
     "alternating",
     "Alternating projections",
     "Scales rows, then columns, then cuts at the caps without remembering it: converges to a plan that is not optimal",
     true,
     true,
     {}},
    {Kind::Sinkhorn,
     "sinkhorn",
     "Sinkhorn (no caps)",
     "Scales rows and columns in turn and ignores the caps",
     true,
     true,
     {}},
    {Kind::Exact,
     "exact",
     "Exact (shortest paths)",
     "Sends the plan along shortest augmenting paths: an optimal plan with potentials that prove it",
     false,
     true,
     {}},
    {Kind::Greedy,
     "greedy",
     "Greedy (no repair)",
     "Fills the entries in descending order of their scores as far as sums and caps allow; may get stuck",
     false,
     false,
     {}},
};

struct Table {
    std::vector<std::string> texts; // that the entries refer to
    std::vector<SandboxMethod> methods;

    Table() : methods(std::begin(general), std::end(general))
    {
        texts.reserve(2 * offeredMethods().size());
        for (const Method method : offeredMethods()) {
            const MethodTraits &traits = traitsOf(method);
            if (traits.takesWholeMatrix || !(traits.makeIterative || traits.makeTile))
                continue;
            SandboxMethod entry;
            entry.kind = Kind::Program;
            entry.name = texts.emplace_back("nm:" + std::string(traits.name));
            entry.title = texts.emplace_back("N:M " + std::string(traits.title));
            entry.sentence = "The method of this name that solves whole layers; for N:M tiles alone";
            entry.isEntropic = traits.isEntropic;
            entry.hasPotentials = traits.makeIterative != nullptr;
            entry.program = method;
            methods.push_back(entry);
        }
    }
};

} // namespace

std::span<const SandboxMethod> sandboxMethods()
{
    static const Table table;
    return table.methods;
}

const SandboxMethod *sandboxMethodByName(std::string_view name)
{
    const auto all = sandboxMethods();
    const auto found = std::ranges::find(all, name, &SandboxMethod::name);
    return found == all.end() ? nullptr : &*found;
}

} // namespace nms
