// SPDX-License-Identifier: Apache-2.0
// cuBLAS and cuSOLVER, loaded on first use. Private to gpu/cuda.
#pragma once

#include "core/base/result.h"

#include <cublas_v2.h>
#include <cusolverDn.h>

namespace nms {

/// The functions that are called. Stays loaded until the program ends.
struct CudaLibraries {
    decltype(&cublasCreate_v2) blasCreate = nullptr;
    decltype(&cublasDestroy_v2) blasDestroy = nullptr;
    decltype(&cublasSetStream_v2) blasSetStream = nullptr;
    decltype(&cublasSgemm_v2) sgemm = nullptr;
    decltype(&cublasSsyrk_v2) ssyrk = nullptr;
    decltype(&cublasDtrsm_v2) dtrsm = nullptr;
    decltype(&cusolverDnCreate) solverCreate = nullptr;
    decltype(&cusolverDnDestroy) solverDestroy = nullptr;
    decltype(&cusolverDnSetStream) solverSetStream = nullptr;
    decltype(&cusolverDnSpotrf_bufferSize) spotrfSize = nullptr;
    decltype(&cusolverDnSpotrf) spotrf = nullptr;
    decltype(&cusolverDnSpotri_bufferSize) spotriSize = nullptr;
    decltype(&cusolverDnSpotri) spotri = nullptr;
    decltype(&cusolverDnDpotrf_bufferSize) dpotrfSize = nullptr;
    decltype(&cusolverDnDpotrf) dpotrf = nullptr;
};

/// Device error that names the missing library or function. Any thread.
Result<const CudaLibraries *> cudaLibraries();

} // namespace nms
