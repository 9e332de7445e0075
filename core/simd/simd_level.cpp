// SPDX-License-Identifier: Apache-2.0
#include "core/simd/simd_level.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace nms {

namespace {

SimdLevel chosenLevel()
{
    const std::vector<SimdLevel> available = simdLevels();
    const char *wanted = std::getenv("NMS_SIMD");
    if (!wanted || !*wanted)
        return available.back();
    const std::optional<SimdLevel> named = simdLevelNamed(wanted);
    SimdLevel level = named ? available.front() : available.back();
    if (named)
        for (const SimdLevel candidate : available)
            level = candidate <= *named ? candidate : level;
    if (level != named)
        std::fprintf(stderr, "NMS_SIMD=%s: %s; %s is used (choose baseline, avx2 or avx512)\n", wanted,
                     named ? "this processor or this build does not have it" : "there is no such level",
                     std::string(nameOf(level)).c_str());
    return level;
}

} // namespace

std::string_view nameOf(SimdLevel level)
{
    return level == SimdLevel::Avx512 ? "avx512" : level == SimdLevel::Avx2 ? "avx2" : "baseline";
}

std::optional<SimdLevel> simdLevelNamed(std::string_view name)
{
    for (const SimdLevel level : {SimdLevel::Baseline, SimdLevel::Avx2, SimdLevel::Avx512})
        if (nameOf(level) == name)
            return level;
    return std::nullopt;
}

std::vector<SimdLevel> simdLevels()
{
    std::vector<SimdLevel> levels = {SimdLevel::Baseline};
#ifdef NMS_X86_KERNELS
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
        __builtin_cpu_supports("popcnt");
    if (avx2)
        levels.push_back(SimdLevel::Avx2);
    if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        levels.push_back(SimdLevel::Avx512);
#endif
    return levels;
}

SimdLevel simdLevel()
{
    static const SimdLevel level = chosenLevel();
    return level;
}

} // namespace nms
