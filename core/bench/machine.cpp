// SPDX-License-Identifier: Apache-2.0
#include "core/bench/machine.h"

#include "core/base/parallel.h"
#include "core/simd/simd_level.h"

#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sys/utsname.h>

namespace nms::bench {

namespace {

std::string processorName()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos)
            return line.substr(colon + 2);
    }
    return "unknown";
}

std::string systemName()
{
    utsname names{};
    if (uname(&names) != 0)
        return "unknown";
    return std::string(names.sysname) + " " + names.release + " " + names.machine;
}

std::string utcNow()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

std::string compilerName()
{
#ifdef __clang__
    return "Clang " __clang_version__;
#else
    return "GCC " __VERSION__;
#endif
}

} // namespace

Machine thisMachine()
{
    Machine machine;
    machine.processor = processorName();
    machine.cores = hardwareThreads();
    machine.simd = nameOf(simdLevel());
    machine.system = systemName();
    machine.compiler = compilerName();
    machine.version = NMS_VERSION;
    machine.date = utcNow();
    std::array<double, 1> load{};
    if (getloadavg(load.data(), 1) == 1)
        machine.load = load[0];
    return machine;
}

} // namespace nms::bench
