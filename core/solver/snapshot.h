// SPDX-License-Identifier: Apache-2.0
// The visible state of a live solve.
#pragma once

#include "core/base/device_matrix.h"
#include "core/sparsity/tile_grid.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nms {

/// The plan of a region: a matrix on the host, or on the device that computed it. Code that reads its values works with
/// either; for a plan on a device block() fetches only the block, everything else the whole plan, once.
class RegionPlan
{
public:
    RegionPlan() = default;
    RegionPlan(Matrix<float> values) : m_host(std::move(values)) { }
    RegionPlan(std::shared_ptr<const DeviceMatrix> values) : m_device(std::move(values)) { }

    std::int64_t rows() const { return m_device ? m_device->rows() : m_host.rows(); }
    std::int64_t cols() const { return m_device ? m_device->cols() : m_host.cols(); }
    std::int64_t size() const { return rows() * cols(); }
    bool empty() const { return size() == 0; }

    /// Null where the plan is on the host.
    const std::shared_ptr<const DeviceMatrix> &onDevice() const { return m_device; }

    const Matrix<float> &onHost() const { return m_device ? m_device->all() : m_host; }
    const float *data() const { return onHost().data(); }
    float operator()(std::int64_t row, std::int64_t col) const { return onHost()(row, col); }
    Matrix<float> block(std::int64_t row0, std::int64_t col0, std::int64_t blockRows, std::int64_t blockCols) const
    {
        return m_device ? m_device->block(row0, col0, blockRows, blockCols)
                        : copyOf(m_host.span().block(row0, col0, blockRows, blockCols));
    }

    /// The host matrix, to be written or moved from; only for a plan on the host.
    Matrix<float> &host() { return m_host; }

private:
    Matrix<float> m_host;
    std::shared_ptr<const DeviceMatrix> m_device;
};

enum class Stage {
    Scale, // a Dykstra iteration: rows, columns, capacity
    Sweep, // exact: one threshold sweep of α and β
    Augment, // exact: one search for shortest augmenting paths in every unfinished tile
};

/// Scalars of one iteration, over all tiles. Ragged tiles count as padded to m × m with score 0, so that means and bounds
/// are those of the problem that is actually solved; but padding is never counted as fractional.
struct IterationStats {
    int iteration = 0; // 1 is the first
    Stage stage = Stage::Scale;
    double rowResidual = 0; // max over tiles and rows of |Σ_j S_ij − n| / n after the iteration
    double columnResidual = 0; // the same for columns
    double capacityResidual = 0; // max of (S_ij − 1)⁺ just before capping at 1; 0 for exact
    double meanResidual = 0; // mean over tiles of max(row, column residual)
    double objective = 0; // Σ ⟨S, A⟩ of the (fractional) plan, in score units
    double upperBound = 0; // Σ of the certified bounds at the current potentials
    double entropy = 0; // mean over entries of −S ln S, nats; 0 for exact
    std::int64_t fractional = 0; // real entries with 0.01 < S < 0.99
    std::int64_t openTiles = 0; // tiles not converged yet (exact: not proven yet)
    double seconds = 0; // since the start; time spent solving only

    /// How far the plan is from the certified bound; a plan that breaks the constraints may lie above it.
    double planGap() const { return upperBound > 0 ? std::abs(upperBound - objective) / upperBound : 0; }
    double residual() const { return rowResidual > columnResidual ? rowResidual : columnResidual; }
};

/// The figures of one tile at one iteration; for a ragged tile, those of the padded one, except for `undecided`.
struct TileStats {
    float residual = 0; // max relative row/column violation
    float gap = 0; // |upper bound − ⟨S, A⟩| / upper bound
    float undecided = 0; // share of its real entries with 0.01 < S < 0.99
    float lost = 0; // 1 − ⟨S, A⟩/ΣA
};

/// The state of one iteration, as far as a viewer needs it. Immutable once published.
struct Snapshot {
    int iteration = 0;
    IterationStats stats;
    TileGrid grid;
    TileRegion region; // the tiles covered by `plan` and `potentials`
    RegionPlan plan; // S of the region's unpadded cells, row-major; row 0 is matrix row region.tileRow0 · m
    std::vector<float> potentials; // per tile of the region: m row potentials α, then m column potentials β, as
                                   // thresholds in score units (S_ij is kept when A_ij > α_i + β_j)
    std::vector<TileStats> tiles; // of the whole grid, row-major

    /// Sets the grid and the region (the part of `wanted` that lies in the grid), and resizes `plan` (on the host),
    /// `potentials` and `tiles`. Memory of the right size is reused, so their contents must be overwritten.
    void shape(const TileGrid &whole, const TileRegion &wanted);
    void shapeAllButPlan(const TileGrid &whole, const TileRegion &wanted); // for a plan that stays on a device
    std::int64_t planRows() const; // of the region
    std::int64_t planCols() const;
};

/// A complete state from which a solve can continue, for one backend and one (score, options); opaque to all other code.
struct KeyFrame {
    int iteration = 0;
    std::vector<std::byte> state;
};

} // namespace nms
