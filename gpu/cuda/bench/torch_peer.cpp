// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/bench/torch_peer.h"

#include "core/bench/torch_contender.h"

#include <cmath>

namespace nms::warp::bench {

Result<double> torchSeconds(const std::string &python, const std::string &device, const Matrix<float> &weights,
                            NmPattern pattern)
{
    nms::bench::TorchSetup setup{python, NMS_TORCH_SCRIPT, {}, nms::bench::Clock::Wall};
    setup.options.threads = 1;
    const auto torch = nms::bench::makeTorchContender(setup, device, {});
    if (!torch)
        return fail(torch.error());
    const int m = pattern.m;
    const std::int64_t wide = weights.cols() / m, all = weights.rows() / m * wide;
    nms::bench::TileSet tiles("gaussian", m, all);
    for (std::int64_t index = 0; index < tiles.count(); ++index)
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < m; ++j)
                tiles.tile(index)(i, j) = std::abs(weights(index / wide * m + i, index % wide * m + j));
    if (const Status ready = (*torch)->prepare(tiles, pattern); !ready)
        return fail(ready.error());
    const Result<double> seconds = nms::bench::medianSeconds(3, [&] { return (*torch)->run(tiles.count(), {}); });
    if (!seconds)
        return fail(seconds.error());
    return *seconds * double(all) / double(tiles.count()); // scaled up, since the set has only whole rows of tiles
}

} // namespace nms::warp::bench
