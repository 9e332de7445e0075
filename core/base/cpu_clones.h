// SPDX-License-Identifier: Apache-2.0
#pragma once

/// A function compiled for AVX-512, AVX2 and any x86-64; the loader chooses one when the program starts. Only code inlined
/// into it is compiled for the same instruction set, so the loops themselves are NMS_INLINE. Not under AddressSanitizer and
/// ThreadSanitizer, which do not work with this choice by the loader (ifunc).
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&                    \
    !defined(__SANITIZE_THREAD__)
#define NMS_CPU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define NMS_CPU_CLONES
#endif
#define NMS_INLINE [[gnu::always_inline]] inline
