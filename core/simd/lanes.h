// SPDX-License-Identifier: Apache-2.0
// The lanes of the instruction set that this file is compiled for (nms_kernels in kernels.cmake): Lanes<L> and
// DoubleLanes<L>, in the anonymous namespace, so that nothing compiled for one instruction set is linked for another.
#pragma once

#include "core/simd/simd_level.h"

#if defined(NMS_COMPILED_FOR_avx512)
#include "core/simd/lanes_avx512.h"
#elif defined(NMS_COMPILED_FOR_avx2)
#include "core/simd/lanes_avx2.h"
#else
#include "core/simd/lanes_baseline.h"
#endif
