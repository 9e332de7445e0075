// SPDX-License-Identifier: Apache-2.0
// Replaces torch_peer.cpp in builds with only nvcc, g++ and CMake.
#include "gpu/cuda/bench/torch_peer.h"

namespace nms::warp::bench {

Result<double> torchSeconds(const std::string &, const std::string &, const Matrix<float> &, NmPattern)
{
    return fail(ErrorKind::Unsupported, "PyTorch", "the peer needs nlohmann-json, which this build goes without",
                "run the nms_cuda_bench that `./dev test` builds: build/release/nms_cuda_bench --torch PYTHON");
}

} // namespace nms::warp::bench
