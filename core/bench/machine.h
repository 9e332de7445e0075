// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace nms::bench {

/// Where, and with which version, something was measured.
struct Machine {
    std::string processor; // "AMD EPYC 9B45"
    int cores = 0; // available to this process
    std::string simd; // level of the vectorised kernels: "avx512"
    std::string system; // "Linux 6.1.0 x86_64"
    std::string compiler; // "GCC 12.2.0"
    std::string version; // of nmscope
    std::string date; // now, UTC: "2026-11-23T06:40:00Z"
    double load = 0; // average number of runnable processes over the last minute, including this one
};

Machine thisMachine();

/// In one line, for the user.
std::string machineText(const Machine &machine);

} // namespace nms::bench
