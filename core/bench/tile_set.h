// SPDX-License-Identifier: Apache-2.0
// Tiles for timing: the same on every machine.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace nms::bench {

/// Scores (≥ 0) of some m × m tiles, arranged as a matrix about 512 wide: as weights lie in memory, and small enough to
/// stay in the caches, so that the methods are timed and not the memory.
class TileSet
{
public:
    /// All zero. `count` is rounded down to whole rows of tiles (or is part of the first row).
    TileSet(std::string name, int m, std::int64_t count);

    const std::string &name() const { return m_name; } // "gaussian", "heavy", …
    int m() const { return m_m; }
    std::int64_t count() const { return wholePrefix(m_scores.rows() / m_m * m_wide); }

    /// The largest number of tiles, up to `tiles` but at least one, that forms a matrix: part of the first row, or whole
    /// rows of tiles.
    std::int64_t wholePrefix(std::int64_t tiles) const;
    /// The first `tiles` as a matrix, numbered as in the whole set; `tiles` must be a wholePrefix().
    Span2d<const float> first(std::int64_t tiles) const;
    Span2d<const float> whole() const { return m_scores.span(); }

    Span2d<float> tile(std::int64_t index);
    Span2d<const float> tile(std::int64_t index) const;

private:
    std::string m_name;
    int m_m;
    std::int64_t m_wide; // tiles in a row
    Matrix<float> m_scores;
};

enum class Distribution {
    Gaussian, // |g|
    Heavy, // |t| with 3 degrees of freedom
    Scaled, // |g| · rᵢ · cⱼ, ln r and ln c standard normal: strong and weak rows and columns
};

std::span<const Distribution> distributions();
std::string_view nameOf(Distribution distribution); // "gaussian", "heavy", "scaled"

/// Tile k is the same for every `count`.
TileSet randomTiles(Distribution distribution, int m, std::int64_t count);

/// |W| of full tiles from all matrices of the file with at least m rows and columns, spread evenly over them, in an order
/// in which every prefix is spread evenly, too. Fewer than `count` where the file has no more. Input error when there is
/// none or a tile holds NaN or Inf.
Result<TileSet> weightTiles(TensorSource &weights, const std::string &name, int m, std::int64_t count,
                            const std::stop_token &stop);

/// The number of tiles with 2¹⁸ weights in all: every pattern gets the same amount of work.
std::int64_t usualTileCount(int m);

} // namespace nms::bench
