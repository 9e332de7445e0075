// SPDX-License-Identifier: Apache-2.0
// OpenBLAS, loaded on first use: it starts its threads as soon as it is loaded. Commands that solve no linear systems do not
// need them, and if it were loaded before main(), its threads would not block the signals that our own threads block.
// Private to core/prune.
#pragma once

#include "core/base/result.h"

#include <cblas.h>

namespace nms {

/// LAPACK routines as OpenBLAS exports them, with the Fortran calling convention: every argument by address; the trailing
/// arguments are the lengths of the strings.
template <class T> using Potrf = void(const char *half, const int *n, T *a, const int *stride, int *info, std::size_t);
template <class T>
using Trtri = void(const char *half, const char *unit, const int *n, T *a, const int *stride, int *info, std::size_t,
                   std::size_t);

/// The functions that are called. Stays loaded until the program ends.
struct BlasLibrary {
    decltype(&openblas_set_num_threads) setThreads = nullptr;
    decltype(&cblas_sgemm) sgemm = nullptr;
    decltype(&cblas_ssyrk) ssyrk = nullptr;
    decltype(&cblas_strsm) strsm = nullptr;
    Potrf<float> *spotrf = nullptr, *spotri = nullptr;
    Potrf<double> *dpotrf = nullptr;
    Trtri<double> *dtrtri = nullptr;
};

/// Unsupported error that names what is missing. Any thread.
Result<const BlasLibrary *> blasLibrary();

} // namespace nms
