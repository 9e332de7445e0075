// SPDX-License-Identifier: Apache-2.0
// The extension module nmscope._core. Users see what app/python/nmscope makes of it.
#include "app/python/topics.h"
#include "core/io/weights_file.h"

#include <dlfcn.h>
#include <filesystem>

namespace nb = nanobind;

namespace {

/// Of this library: the package that it is installed in.
std::string ownFolder()
{
    Dl_info info{};
    static const int here = 0;
    if (dladdr(&here, &info) == 0 || info.dli_fname == nullptr)
        return {};
    return std::filesystem::absolute(info.dli_fname).parent_path().string();
}

} // namespace

NB_MODULE(_core, module)
{
    module.attr("__version__") = NMS_VERSION;
    nms::setHelperFolder(ownFolder());
    nms::python::addOptions(module);
    nms::python::addPotentials(module);
    nms::python::addSolve(module);
    nms::python::addDevice(module);
    nms::python::addJudge(module);
    nms::python::addPrune(module);
    nms::python::addFiles(module);
    nms::python::addRoles(module);
}
