// SPDX-License-Identifier: Apache-2.0
// Checks the CUDA backend on machines that have only the CUDA toolkit, a compiler and CMake.
#include "gpu/cuda/cuda_algebra.h"
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "tests/backend/agreement.h"
#include "tests/backend/algebra_text.h"
#include "tests/backend/backend_text.h"
#include "tests/backend/cut_cases.h"
#include "tests/backend/sharing.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace nms {
namespace {

/// Prints the result of a case; true if nothing failed.
bool report(const std::string &backend, const char *name, const test::Checks &checks)
{
    const char *verdict = checks.failed() > 0 ? "FAIL" : checks.skipped().empty() ? "ok  " : "SKIP";
    std::printf("%s  %-10s %-32s %6d checks", verdict, backend.c_str(), name, checks.done());
    if (!checks.skipped().empty())
        std::printf("  (%s)", checks.skipped().front().c_str());
    std::printf("\n");
    for (const std::string &failure : checks.failures())
        std::printf("      %s\n", failure.c_str());
    std::fflush(stdout);
    return checks.failed() == 0;
}

bool checkBackend(SolverBackend &backend)
{
    bool fine = true;
    for (const test::BackendCase &which : test::backendCases()) {
        test::Checks checks;
        which.run(backend, checks);
        fine &= report(backend.id(), which.name, checks);
    }
    return fine;
}

bool checkAgreement(SolverBackend &backend, SolverBackend &model)
{
    test::Checks checks;
    test::backendsAgree(backend, model, checks);
    return report(backend.id(), ("agreesWith " + model.id()).c_str(), checks);
}

bool checkSharing(SolverBackend &backend, const CudaDeviceInfo &device)
{
    test::Checks checks;
    if (device.sharingId)
        test::plansStayOnTheDevice(backend, *device.sharingId, checks);
    else
        checks.skip("its memory cannot be opened by others");
    return report(backend.id(), "plansStayOnTheDevice", checks);
}

/// Every width that a matrix of half-precision weights can have; each tile is compared with the same tile solved separately.
bool checkCuts(SolverBackend &backend)
{
    const test::CutSolver solve = [&](Span2d<const float> weights, const SolveOptions &options, std::int64_t) {
        return test::solveHalves(backend, weights, options);
    };
    test::Checks checks;
    for (const int m : test::cutSides)
        for (const Method method : offeredMethods()) {
            SolveOptions options;
            options.method = method;
            options.iterations = 5;
            options.pattern = {std::max(1, m / 2), m};
            if (backend.canSolve(options))
                test::cutsDoNotMatter(solve, options, 200, m <= 9 ? 1 : 3, checks);
        }
    return report(backend.id(), "cutsDoNotMatter", checks);
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
        fine &= report((*algebra)->id(), which.name, checks);
    }
    return fine;
}

int run()
{
    const std::vector<CudaDeviceInfo> devices = listCudaDevices();
    const auto model = makeHostWarpBackend();
    bool fine = checkBackend(*model);
    for (const CudaDeviceInfo &device : devices) {
        std::printf("cuda:%d is %s, %.1f GiB\n", device.index, device.name.c_str(), double(device.memory) / (1 << 30));
        const auto backend = makeCudaBackend(device.index);
        if (!backend) {
            std::printf("FAIL  %s\n", backend.error().line().c_str());
            fine = false;
        } else {
            fine &= checkBackend(**backend);
            fine &= checkAgreement(**backend, *model);
            fine &= checkSharing(**backend, device);
            fine &= checkCuts(**backend);
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
