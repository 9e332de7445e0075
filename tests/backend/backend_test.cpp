// SPDX-License-Identifier: Apache-2.0
// Runs the shared list of cases on every backend of this machine.
#include "core/reference/reference_backend.h"
#include "core/solver/cpu_backend.h"
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "tests/backend/backend_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>
#include <tuple>

namespace nms::test {

struct BackendMaker {
    const char *name;
    std::unique_ptr<SolverBackend> (*make)(); // null: this machine lacks what it needs
};

void PrintTo(const BackendMaker &maker, std::ostream *out)
{
    *out << maker.name;
}

void PrintTo(const BackendCase &which, std::ostream *out)
{
    *out << which.name;
}

namespace {

std::unique_ptr<SolverBackend> makeFirstCudaBackend()
{
    const std::vector<CudaDeviceInfo> devices = listCudaDevices();
    if (devices.empty())
        return nullptr;
    return std::move(makeCudaBackend(devices.front().index).value()); // a listed device must work
}

class BackendTest : public testing::TestWithParam<std::tuple<BackendMaker, BackendCase>>
{ };

TEST_P(BackendTest, holds)
{
    const auto &[maker, which] = GetParam();
    const auto backend = maker.make();
    if (!backend) {
        const char *required = std::getenv("NMS_REQUIRE_GPU");
        ASSERT_FALSE(required && std::string_view(required) == "1") << maker.name << ": no GPU, but NMS_REQUIRE_GPU=1";
        GTEST_SKIP() << maker.name << ": no GPU that can be used";
    }
    Checks checks;
    which.run(*backend, checks);
    for (const std::string &failure : checks.failures())
        ADD_FAILURE() << failure;
    EXPECT_EQ(checks.failed(), 0) << "of " << checks.done();
    if (!checks.skipped().empty())
        GTEST_SKIP() << maker.name << ": " << checks.skipped().front();
    EXPECT_GT(checks.done(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Backends, BackendTest,
    testing::Combine(testing::Values(BackendMaker{"reference", makeReferenceBackend}, BackendMaker{"cpu", makeCpuBackend},
                                     BackendMaker{"host_warp", makeHostWarpBackend},
                                     BackendMaker{"cuda", makeFirstCudaBackend}),
                     testing::ValuesIn(backendCases().begin(), backendCases().end())),
    [](const auto &test) { return std::string(std::get<0>(test.param).name) + "_" + std::get<1>(test.param).name; });

} // namespace

} // namespace nms::test
