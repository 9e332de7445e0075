// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/sharing.h"

#include "tests/backend/cases.h"

#include <unistd.h>

#include <algorithm>

namespace nms::test {
namespace {

constexpr TileRegion region{1, 0, 9, 6}; // reaches the ragged edge of the matrix

void checkMethod(SolverBackend &backend, const DeviceId &device, const SolveOptions &options, Checks &checks)
{
    const std::string what = label(options, "plans on the device");
    const Matrix<float> scores = gaussianScores(70, 61, 17);
    const auto live = started(backend, scores, options, checks, what);
    const auto plain = started(backend, scores, options, checks, what);
    if (!live || !plain)
        return;
    live->setViewer(device);
    const auto captureBoth = [&](Snapshot &shown, Snapshot &wanted, bool stays) {
        if (!advanced(*live, 3, checks, what) || !advanced(*plain, 3, checks, what) || !live->beginCapture(region, shown)) {
            checks.expect(false, what + ": no capture");
            return;
        }
        checks.expect(bool(plain->capture(region, wanted)), what + ": no capture over the host");
        const auto plan = shown.plan.onDevice();
        checks.expect(bool(plan) == stays, what + (stays ? ": comes over the host" : ": stays for a viewer elsewhere"));
        if (plan) {
            const Matrix<float> some = plan->everyRow(3);
            bool complete = true;
            for (std::int64_t row = 0; row < some.rows(); ++row)
                for (std::int64_t col = 0; col < some.cols(); ++col)
                    complete = complete && some(row, col) == wanted.plan(3 * row, col);
            checks.expect(complete, what + ": not complete when it can be seen");
        }
        checks.expect(bool(live->endCapture()), what + ": the capture does not end");
        wanted.stats.seconds = shown.stats.seconds;
    };
    std::vector<Snapshot> held(4);
    std::vector<Snapshot> wanted(held.size());
    for (std::size_t k = 0; k < held.size(); ++k)
        captureBoth(held[k], wanted[k], true);
    for (std::size_t k = 0; k < held.size(); ++k) {
        const Matrix<float> part = held[k].plan.block(9, 3, 7, 11);
        const Matrix<float> wantedPart = wanted[k].plan.block(9, 3, 7, 11);
        checks.expect(std::equal(part.data(), part.data() + part.size(), wantedPart.data()), what + ": a block of it");
        checks.expect(same(held[k], wanted[k]), what + ": not what comes over the host");
    }
    if (const auto plan = held[0].plan.onDevice()) {
        const SharedMemory &memory = *plan->memory();
        checks.expect(memory.device() == device, what + ": on another device");
        const Result<int> handle = memory.openHandle();
        checks.expect(handle && *handle >= 0, what + ": cannot be opened by others");
        if (handle)
            close(*handle);
    }
    live->setViewer(std::nullopt);
    captureBoth(held[1], wanted[1], false);
    checks.expect(same(held[1], wanted[1]) && same(held[0], wanted[0]), what + ": when the viewer has gone");
}

} // namespace

void plansStayOnTheDevice(SolverBackend &backend, const DeviceId &device, Checks &checks)
{
    for (const Method method : {Method::Exact, Method::Dykstra, Method::Capped})
        for (const NmPattern pattern : {NmPattern{4, 8}, NmPattern{3, 7}})
            checkMethod(backend, device, optionsFor(method, pattern), checks);
}

} // namespace nms::test
