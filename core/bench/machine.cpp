// SPDX-License-Identifier: Apache-2.0
#include "core/bench/machine.h"

#include "core/base/number_text.h"
#include "core/base/parallel.h"
#include "core/simd/simd_level.h"

#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <string>
#include <sys/utsname.h>

namespace nms::bench {

namespace {

/// "AMD EPYC (family 25, model 17)": in virtual machines the name alone says little.
std::string processorName()
{
    std::ifstream info("/proc/cpuinfo");
    std::map<std::string, std::string> fields; // of the first processor
    for (std::string line; std::getline(info, line) && !line.empty();)
        if (const std::size_t colon = line.find(": "); colon != std::string::npos)
            fields.emplace(line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1), line.substr(colon + 2));
    if (!fields.contains("model name"))
        return "unknown";
    const std::string number =
        fields.contains("cpu family") ? " (family " + fields["cpu family"] + ", model " + fields["model"] + ")" : "";
    return fields["model name"] + number;
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

std::string machineText(const Machine &machine)
{
    return machine.processor + ", " + machine.simd + ", " + std::to_string(machine.cores) + " cores, " + machine.compiler +
        ", nmscope " + machine.version + ", " + machine.date + ", load " + formatNumber(machine.load, 3);
}

} // namespace nms::bench
