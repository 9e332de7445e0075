// SPDX-License-Identifier: Apache-2.0
// Which vector instructions the kernels use. Kernel headers include this one, also in files compiled for other instruction
// sets: these headers hold data and no inline code, which the linker might share between levels.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace nms {

enum class SimdLevel { Baseline, Avx2, Avx512 };

std::string_view nameOf(SimdLevel level); // "baseline", "avx2", "avx512"
std::optional<SimdLevel> simdLevelNamed(std::string_view name);

/// The levels that both this build and this processor have, ascending; the baseline is always there.
std::vector<SimdLevel> simdLevels();

/// The highest of simdLevels(), or the one that the environment variable NMS_SIMD names. Where the machine lacks that one
/// the next lower is used, where there is no level of that name the highest, with a message on standard error. Determined
/// once and cached. Every level computes the same bits.
SimdLevel simdLevel();

/// Declares a kernel's function once in each of nms::baseline, nms::avx2 and nms::avx512. Its source is compiled once for
/// each (nms_kernels in kernels.cmake) and defines it in nms::NMS_LEVEL; core/tile/kernel_choice.cpp selects one.
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
