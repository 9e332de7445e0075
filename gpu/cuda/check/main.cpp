// SPDX-License-Identifier: Apache-2.0
// Checks the CUDA backend on machines that have only the CUDA toolkit, a compiler and CMake.
#include "gpu/cuda/cuda_algebra.h"
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/cuda_queue.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "tests/backend/algebra_text.h"
#include "tests/backend/check_report.h"
#include "tests/backend/device_cases.h"
#include "tests/backend/sharing.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>

namespace nms {
namespace {

bool checkSharing(SolverBackend &backend, const CudaDeviceInfo &device)
{
    test::Checks checks;
    if (device.sharingId)
        test::plansStayOnTheDevice(backend, *device.sharingId, checks);
    else
        checks.skip("its memory cannot be opened by others");
    return test::report(backend.id(), "plansStayOnTheDevice", checks);
}

/// Tensors in the device's memory, compared with those that are copied there.
bool checkInPlace(SolverBackend &backend, int device)
{
    const auto solver = makeCudaDeviceSolver(device);
    const auto queue = warp::makeCudaQueue(device); // for copies: what is copied was uploaded, or read, before
    if (!solver || !queue) {
        std::printf("FAIL  %s\n", (solver ? queue.error() : solver.error()).line().c_str());
        return false;
    }
    test::Checks places;
    test::Checks unfit;
    const auto expect = [&](const Status &copied) {
        places.expect(bool(copied), copied ? "" : copied.error().line());
    };
    const test::DeviceCopies copies = {[&](std::byte *to, std::span<const std::byte> from) {
                                           expect((*queue)->upload(to, from.data(), std::int64_t(from.size())));
                                       },
                                       [&](std::span<std::byte> to, const std::byte *from) {
                                           expect((*queue)->download(to.data(), from, std::int64_t(to.size())));
                                       }};
    test::unfitTensorsAreTold(**solver, copies, unfit);
    test::tensorsAreSolvedInPlace(**solver, backend, copies, places);
    const bool fine = test::report(backend.id(), "tensorsAreSolvedInPlace", places);
    return test::report(backend.id(), "unfitTensorsAreTold", unfit) && fine;
}

/// Pruning with linear algebra and tiles on the GPU, compared with a naive implementation on the CPU.
bool checkAlgebra(SolverBackend &backend, int device)
{
    const auto algebra = makeCudaAlgebra(device);
    if (!algebra) {
        std::printf("FAIL  %s\n", algebra.error().line().c_str());
        return false;
    }
    bool fine = true;
    for (const test::AlgebraCase &which : test::algebraCases()) {
        test::Checks checks;
        which.run({backend, **algebra}, checks);
        fine &= test::report((*algebra)->id(), which.name, checks);
    }
    return fine;
}

int run()
{
    const std::vector<CudaDeviceInfo> devices = listCudaDevices();
    const auto model = makeHostWarpBackend();
    bool fine = test::checkBackend(*model);
    for (const CudaDeviceInfo &device : devices) {
        std::printf("cuda:%d is %s, %.1f GiB\n", device.index, device.name.c_str(), double(device.memory) / (1 << 30));
        const auto backend = makeCudaBackend(device.index);
        if (!backend) {
            std::printf("FAIL  %s\n", backend.error().line().c_str());
            fine = false;
        } else {
            fine &= test::checkBackend(**backend);
            fine &= test::checkAgreement(**backend, *model);
            fine &= checkSharing(**backend, device);
            fine &= test::checkCuts(**backend);
            fine &= checkInPlace(**backend, device.index);
            fine &= checkAlgebra(**backend, device.index);
        }
    }
    if (devices.empty()) {
        const auto reason = makeCudaBackend(0);
        std::printf("SKIP  cuda       no usable GPU: %s\n", reason ? "" : reason.error().line().c_str());
        const char *required = std::getenv("NMS_REQUIRE_GPU");
        if (required && std::strcmp(required, "1") == 0) {
            std::printf("FAIL  cuda       NMS_REQUIRE_GPU=1\n");
            fine = false;
        }
    }
    return fine ? 0 : 1;
}

} // namespace
} // namespace nms

int main(int argc, char **argv)
{
    if (argc > 1) {
        std::fprintf(
            stderr,
            "usage: %s\n"
            "Checks the CUDA routines on the CPU and on every GPU. Without a GPU it says SKIP and succeeds, but fails\n"
            "with NMS_REQUIRE_GPU=1.\n",
            argv[0]);
        return 2;
    }
    return nms::run();
}
