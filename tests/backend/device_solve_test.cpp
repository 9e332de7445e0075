// SPDX-License-Identifier: Apache-2.0
// Solves of tensors in a device's memory, on host lanes.
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "tests/backend/device_cases.h"

#include <gtest/gtest.h>

#include <cstring>

namespace nms::test {
namespace {

DeviceCopies hostCopies()
{
    return {[](std::byte *to, std::span<const std::byte> from) { std::memcpy(to, from.data(), from.size()); },
            [](std::span<std::byte> to, const std::byte *from) {
                std::memcpy(to.data(), from, to.size());
            }};
}

void expectFine(const Checks &checks)
{
    for (const std::string &failure : checks.failures())
        ADD_FAILURE() << failure;
}

TEST(DeviceSolve, tensorsAreSolvedInPlace)
{
    const auto solver = makeHostDeviceSolver(true);
    const auto backend = makeHostWarpBackend();
    Checks checks;
    tensorsAreSolvedInPlace(*solver, *backend, hostCopies(), checks);
    expectFine(checks);
}

TEST(DeviceSolve, unfitTensorsAreTold)
{
    const auto solver = makeHostDeviceSolver(true);
    Checks checks;
    unfitTensorsAreTold(*solver, hostCopies(), checks);
    expectFine(checks);
}

} // namespace
} // namespace nms::test
