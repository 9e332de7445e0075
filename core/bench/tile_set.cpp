// SPDX-License-Identifier: Apache-2.0
#include "core/bench/tile_set.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <tuple>
#include <vector>

namespace nms::bench {

namespace {

constexpr std::int64_t usualWidth = 512;

/// SplitMix64 and Box–Muller, since the distributions of <random> differ between libraries.
class Random
{
public:
    explicit Random(std::uint64_t seed) : m_state(seed) { }

    double uniform() // (0, 1]
    {
        std::uint64_t z = m_state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return double(((z ^ (z >> 31)) >> 11) + 1) * 0x1p-53;
    }
    double gaussian()
    {
        const double radius = std::sqrt(-2 * std::log(uniform()));
        return radius * std::cos(2 * std::numbers::pi * uniform());
    }

private:
    std::uint64_t m_state;
};

double studentT(Random &random)
{
    constexpr int freedom = 3;
    const double g = random.gaussian();
    double squares = 0;
    for (int k = 0; k < freedom; ++k) {
        const double h = random.gaussian();
        squares += h * h;
    }
    return g / std::sqrt(squares / freedom);
}

void fillTile(Random &random, Distribution distribution, Span2d<float> tile)
{
    std::vector<double> rowScale(std::size_t(tile.rows), 1), colScale(std::size_t(tile.cols), 1);
    if (distribution == Distribution::Scaled) {
        std::generate(rowScale.begin(), rowScale.end(), [&] { return std::exp(random.gaussian()); });
        std::generate(colScale.begin(), colScale.end(), [&] { return std::exp(random.gaussian()); });
    }
    for (std::int64_t i = 0; i < tile.rows; ++i)
        for (std::int64_t j = 0; j < tile.cols; ++j) {
            const double value = distribution == Distribution::Heavy ? studentT(random) : random.gaussian();
            tile(i, j) = float(std::abs(value) * rowScale[std::size_t(i)] * colScale[std::size_t(j)]);
        }
}

/// A full tile of a tensor, and its place in the set.
struct Pick {
    std::size_t tensor = 0;
    std::int64_t tileRow = 0;
    std::int64_t tileCol = 0;
    std::int64_t place = 0;
};

/// `count` of the indices below `total`: multiples of `step` modulo `total`, with a step near the golden section and
/// coprime to `total`, so that no index repeats and every prefix is spread evenly.
std::vector<std::int64_t> evenlySpread(std::int64_t total, std::int64_t count)
{
    auto step = std::max<std::int64_t>(1, std::int64_t(double(total) / std::numbers::phi));
    while (std::gcd(step, total) != 1)
        ++step;
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::int64_t at = 0;
    for (std::int64_t &index : order) {
        index = at;
        at = (at + step) % total;
    }
    return order;
}

} // namespace

TileSet::TileSet(std::string name, int m, std::int64_t count)
    : m_name(std::move(name)), m_m(m), m_wide(std::max<std::int64_t>(1, std::min(count, usualWidth / m)))
{
    const std::int64_t high = std::max<std::int64_t>(1, count / m_wide);
    m_scores = Matrix<float>(high * m, m_wide * m);
}

std::int64_t TileSet::wholePrefix(std::int64_t tiles) const
{
    const std::int64_t all = m_scores.rows() / m_m * m_wide;
    tiles = std::clamp<std::int64_t>(tiles, 1, all);
    return tiles < m_wide ? tiles : tiles / m_wide * m_wide;
}

Span2d<const float> TileSet::first(std::int64_t tiles) const
{
    return tiles < m_wide ? m_scores.span().block(0, 0, m_m, tiles * m_m)
                          : m_scores.span().block(0, 0, tiles / m_wide * m_m, m_wide * m_m);
}

Span2d<float> TileSet::tile(std::int64_t index)
{
    return m_scores.span().block(index / m_wide * m_m, index % m_wide * m_m, m_m, m_m);
}

Span2d<const float> TileSet::tile(std::int64_t index) const
{
    return m_scores.span().block(index / m_wide * m_m, index % m_wide * m_m, m_m, m_m);
}

std::span<const Distribution> distributions()
{
    static constexpr std::array all{Distribution::Gaussian, Distribution::Heavy, Distribution::Scaled};
    return all;
}

std::string_view nameOf(Distribution distribution)
{
    return distribution == Distribution::Gaussian ? "gaussian" : distribution == Distribution::Heavy ? "heavy" : "scaled";
}

TileSet randomTiles(Distribution distribution, int m, std::int64_t count)
{
    TileSet set(std::string(nameOf(distribution)), m, count);
    Random random(7);
    for (std::int64_t index = 0; index < set.count(); ++index)
        fillTile(random, distribution, set.tile(index));
    return set;
}

Result<TileSet> weightTiles(TensorSource &weights, const std::string &name, int m, std::int64_t count,
                            const std::stop_token &stop)
{
    std::vector<std::int64_t> ends; // number of tiles in tensors 0 … k
    for (const TensorInfo &tensor : weights.tensors()) {
        const std::int64_t tiles =
            tensor.isMatrix() && tensor.matrices() == 1 ? (tensor.rows() / m) * (tensor.cols() / m) : 0;
        ends.push_back((ends.empty() ? 0 : ends.back()) + tiles);
    }
    if (ends.empty() || ends.back() == 0)
        return fail(ErrorKind::Input, weights.fileName(),
                    "holds no matrix of at least " + std::to_string(m) + " rows and columns",
                    "choose another file or patterns of a smaller M");

    TileSet set(name, m, std::min(count, ends.back()));
    std::vector<Pick> picks;
    for (const std::int64_t index : evenlySpread(ends.back(), set.count())) {
        const auto tensor = std::size_t(std::upper_bound(ends.begin(), ends.end(), index) - ends.begin());
        const std::int64_t within = index - (tensor > 0 ? ends[tensor - 1] : 0);
        const std::int64_t wide = weights.tensors()[tensor].cols() / m;
        picks.push_back({tensor, within / wide, within % wide, std::int64_t(picks.size())});
    }
    // Read in the file's order, one row of tiles at a time.
    std::sort(picks.begin(), picks.end(),
              [](const Pick &a, const Pick &b) { return std::tie(a.tensor, a.tileRow) < std::tie(b.tensor, b.tileRow); });
    Matrix<float> panel;
    for (std::size_t k = 0; k < picks.size(); ++k) {
        const Pick &pick = picks[k];
        const TensorInfo &tensor = weights.tensors()[pick.tensor];
        if (k == 0 || std::tie(picks[k - 1].tensor, picks[k - 1].tileRow) != std::tie(pick.tensor, pick.tileRow)) {
            constexpr std::int64_t widest = std::int64_t(1) << 22; // 1 GiB of 64 rows
            if (tensor.cols() > widest)
                return fail(ErrorKind::Resource, weights.fileName() + ": " + tensor.path,
                            "has " + std::to_string(tensor.cols()) + " columns, which is too wide to be timed on",
                            "choose a file with smaller tensors");
            if (stop.stop_requested())
                return fail(ErrorKind::Cancelled, weights.fileName(), "stopped while tiles were read");
            panel = Matrix<float>(m, tensor.cols());
            const std::int64_t row0 = pick.tileRow * m;
            if (const Status read = weights.readRows(tensor, row0, panel.span()); !read)
                return fail(read.error());
            if (const Status finite = requireFinite(panel.span(), row0, weights, tensor); !finite)
                return fail(finite.error());
        }
        const Span2d<float> tile = set.tile(pick.place);
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < m; ++j)
                tile(i, j) = std::abs(panel(i, pick.tileCol * m + j));
    }
    return set;
}

std::int64_t usualTileCount(int m)
{
    return std::max<std::int64_t>(1, (std::int64_t(1) << 18) / (std::int64_t(m) * m));
}

} // namespace nms::bench
