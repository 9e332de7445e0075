// SPDX-License-Identifier: Apache-2.0
#include "app/cli/backend_choice.h"

#include "app/backends/backends.h"
#include "core/solver/cpu_backend.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

using Suits = std::function<bool(const SolverBackend &)>;

bool isBackendName(std::string_view name)
{
    if (name == "auto" || name == "cpu" || name == "cuda")
        return true;
    constexpr std::string_view prefix = "cuda:";
    const std::string_view number = name.starts_with(prefix) ? name.substr(prefix.size()) : std::string_view();
    return !number.empty() && number.size() <= 4 &&
        std::all_of(number.begin(), number.end(), [](char digit) { return digit >= '0' && digit <= '9'; });
}

bool isNamed(std::string_view wanted, const std::string &id)
{
    return wanted == "auto" || wanted == id ||
        (wanted == "cuda" && id.starts_with("cuda:")); // "cuda" also means the only CUDA device
}

Result<std::shared_ptr<SolverBackend>> choose(std::string_view wanted, const Suits &suits, const std::string &task)
{
    const std::string where = "--backend " + std::string(wanted);
    if (!isBackendName(wanted))
        return fail(ErrorKind::Usage, where, "no such backend", "choose auto, cpu, cuda or cuda:N");
    if (wanted == "cpu") { // does not query the CUDA driver, which is slow
        if (auto cpu = cpuBackend(); suits(*cpu))
            return cpu;
        return fail(ErrorKind::Unsupported, where, "the CPU cannot " + task, "choose another --method");
    }
    bool found = false;
    for (const BackendEntry &entry : availableBackends()) {
        if (!isNamed(wanted, entry.id))
            continue;
        found = true;
        if (suits(*entry.backend))
            return entry.backend;
    }
    if (!found)
        return fail(ErrorKind::Device, where, "there is no such device, or this build has no CUDA backend",
                    "use --backend cpu, or check the driver with nvidia-smi and build where nvcc is found");
    if (wanted == "auto")
        return fail(ErrorKind::Unsupported, where, "no backend of this machine can " + task, "choose another --method");
    return fail(ErrorKind::Unsupported, where, "it cannot " + task, "choose another --method, or --backend auto");
}

} // namespace

Result<std::shared_ptr<SolverBackend>> chooseBackend(std::string_view wanted, const SolveOptions &options, BackendUse use)
{
    const bool live = use == BackendUse::Live;
    const auto suits = [&](const SolverBackend &backend) {
        return live ? backend.canWatch(options) : backend.canSolve(options);
    };
    return choose(wanted, suits,
                  (live ? "step through " : "run ") + std::string(nameOf(options.method)) +
                      (options.warmStart ? " with --warm-start" : ""));
}

Result<std::shared_ptr<SolverBackend>> chooseBackend(std::string_view wanted)
{
    return choose(
        wanted, [](const SolverBackend &) { return true; }, "run");
}

std::shared_ptr<SolverBackend> cpuBackend()
{
    return makeCpuBackend();
}

} // namespace nms::cli
