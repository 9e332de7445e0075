// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/copy_timing.h"

#include <algorithm>
#include <chrono>

namespace nms::warp {

Result<double> copySeconds(Queue &queue, const WeightsView &weights)
{
    if (weights.empty())
        return 0;
    const std::int64_t rowBytes = weights.rowBytes();
    const std::int64_t wordsPerRow = (weights.cols + 63) / 64;
    const std::int64_t rows = std::clamp<std::int64_t>(queue.panelBytes() / rowBytes, 1, weights.rows);
    const auto onDevice = Buffer<std::byte>::make(queue, rows * rowBytes);
    if (!onDevice)
        return fail(onDevice.error());
    auto mask = Buffer<std::uint64_t>::make(queue, rows * wordsPerRow);
    if (!mask)
        return fail(mask.error());
    const auto onHost = HostBuffer<std::uint64_t>::make(queue, rows * wordsPerRow);
    if (!onHost)
        return fail(onHost.error());
    Status status = mask->clear();
    if (status)
        status = queue.finish();
    const auto begun = std::chrono::steady_clock::now();
    for (std::int64_t row = 0; status && row < weights.rows; row += rows) {
        const std::int64_t count = std::min(rows, weights.rows - row);
        status = queue.startUpload(onDevice->data(), weights.rowsFrom(row, count));
        if (status)
            status = queue.startDownload(onHost->data(), mask->data(), count * wordsPerRow * 8);
    }
    if (status)
        status = queue.finish();
    if (!status)
        return fail(status.error());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

} // namespace nms::warp
