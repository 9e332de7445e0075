// SPDX-License-Identifier: Apache-2.0
// Which vector instructions the kernels use. Kernel headers include this one and are read by files that are compiled for
// other processors than the rest: they hold data and no inline code, which the linker might share.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace nms {

enum class SimdLevel { Baseline, Avx2, Avx512 };

std::string_view nameOf(SimdLevel level); // "baseline", "avx2", "avx512"
std::optional<SimdLevel> simdLevelNamed(std::string_view name);

/// What this build and this processor have, ascending; the baseline is always there.
std::vector<SimdLevel> simdLevels();

/// The highest of simdLevels(), or the one that the environment variable NMS_SIMD names. Where the machine lacks that one
/// the next lower is taken, where there is no such name the highest, and a line on standard error says so. Asked once, then
/// remembered. Every level computes the same bits.
SimdLevel simdLevel();

/// Declares a kernel's function once in each of nms::baseline, nms::avx2 and nms::avx512. Its source is compiled once for
/// each (nms_kernels in kernels.cmake) and defines it in nms::NMS_LEVEL; core/tile/kernel_choice.cpp chooses.
#define NMS_AT_EACH_LEVEL(declaration)                                                                                      \
    namespace baseline {                                                                                                    \
    declaration;                                                                                                            \
    }                                                                                                                       \
    namespace avx2 {                                                                                                        \
    declaration;                                                                                                            \
    }                                                                                                                       \
    namespace avx512 {                                                                                                      \
    declaration;                                                                                                            \
    }

} // namespace nms
