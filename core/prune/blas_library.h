// SPDX-License-Identifier: Apache-2.0
// OpenBLAS, opened when it is needed: it starts its threads as soon as it is loaded, which is nothing for commands that
// solve no linear systems, and before main() they would not block the signals that ours do. Private to core/prune.
#pragma once

#include "core/base/result.h"

#include <cblas.h>

namespace nms {

/// LAPACK as OpenBLAS has it: Fortran, everything by address; the last arguments are the lengths of the strings.
template <class T> using Potrf = void(const char *half, const int *n, T *a, const int *stride, int *info, std::size_t);
template <class T>
using Trtri = void(const char *half, const char *unit, const int *n, T *a, const int *stride, int *info, std::size_t,
                   std::size_t);

/// What is called of it; of the program's life.
struct BlasLibrary {
    decltype(&openblas_set_num_threads) setThreads = nullptr;
    decltype(&cblas_sgemm) sgemm = nullptr;
    decltype(&cblas_ssyrk) ssyrk = nullptr;
    decltype(&cblas_strsm) strsm = nullptr;
    Potrf<float> *spotrf = nullptr, *spotri = nullptr;
    Potrf<double> *dpotrf = nullptr;
    Trtri<double> *dtrtri = nullptr;
};

/// Unsupported error that says what is missing. Any thread.
Result<const BlasLibrary *> blasLibrary();

} // namespace nms
