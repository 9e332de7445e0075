// SPDX-License-Identifier: Apache-2.0
#include "app/python/backends.h"

#include "app/backends/backends.h"
#include "app/python/errors.h"
#include "core/solver/cpu_backend.h"

#include <nanobind/nanobind.h>

#include <map>
#include <mutex>

namespace nms::python {

namespace {

const std::shared_ptr<SolverBackend> &cpu()
{
    static const std::shared_ptr<SolverBackend> backend = makeCpuBackend();
    return backend;
}

/// Asked once: it may take a second.
const std::map<std::string, std::shared_ptr<SolverBackend>> &devices()
{
    static const auto all = [] {
        const nanobind::gil_scoped_release released;
        std::map<std::string, std::shared_ptr<SolverBackend>> found;
        for (const BackendEntry &entry : availableBackends()) {
            found.emplace(entry.id, entry.backend);
            if (entry.id.starts_with("cuda:"))
                found.emplace("cuda", entry.backend); // that, where it is the only one
        }
        return found;
    }();
    return all;
}

} // namespace

std::shared_ptr<SolverBackend> backendNamed(const std::string &name)
{
    if (name == "auto" || name == "cpu")
        return cpu();
    if (name != "cuda" && !name.starts_with("cuda:"))
        raiseUsage("backend " + name, "no such backend", "choose auto, cpu, cuda or cuda:N");
    const auto found = devices().find(name);
    if (found == devices().end())
        raise({ErrorKind::Device, "backend " + name, "there is no such device, or this build has no CUDA backend",
               "take backend=\"cpu\", or check the driver with nvidia-smi"});
    return found->second;
}

} // namespace nms::python
