// SPDX-License-Identifier: Apache-2.0
// SparseGPT (Frantar & Alistarh 2023, arXiv 2301.00774), with masks of any kind: columns are swept in groups of M. At the
// start of a group its entries are scored w²/U_jj² and the mask is chosen; then each column's error e = (w − ŵ)/U_jj, times
// row j of U (H⁻¹ = UᵀU), is subtracted from the later columns: immediately within a block of columns, and in one product
// for the columns after the block.
#include "core/base/cpu_clones.h"
#include "core/base/parallel.h"
#include "core/prune/frame_bytes.h"
#include "core/prune/frameworks.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace nms {

namespace {

constexpr std::int64_t blockColumns = 128; // as published

/// w[k] −= e·u[k].
NMS_CPU_CLONES void subtractScaled(float *w, const float *u, float e, std::int64_t count)
{
    for (std::int64_t k = 0; k < count; ++k)
        w[k] -= e * u[k];
}

class SparseGptRun final : public LayerRun
{
public:
    SparseGptRun(const LayerProblem &layer, const PruneOptions &options, PruneParts parts, Matrix<float> upper,
                 double secondsBefore)
        : m_algebra(parts.algebra), m_chooser(parts.backend, options), m_upper(std::move(upper)),
          m_weights(copyOf(layer.weights)), m_mask(m_weights.rows(), m_weights.cols()), m_seconds(secondsBefore)
    {
        const std::int64_t m = options.tiles.pattern.m;
        m_cols = m_weights.cols();
        m_block = std::max(m, blockColumns / m * m);
        m_group = m_chooser.ranksAllRows() ? m_block : m; // unstructured: the entries of a whole block compete
        m_errors = Matrix<float>(m_weights.rows(), m_block);
    }

    int iteration() const override { return int((m_next + m_group - 1) / m_group); }
    int plannedIterations() const override { return int((m_cols + m_group - 1) / m_group); }
    bool finished() const override { return m_next >= m_cols; }
    double fraction() const override
    {
        const double left = 1 - double(std::min(m_next, m_cols)) / double(m_cols);
        return 1 - left * left; // the products become smaller as the sweep advances
    }

    Status advance(int steps, const std::stop_token &stop, std::vector<PruneStep> &done) override
    {
        for (; steps > 0 && !finished() && !stop.stop_requested(); --steps) {
            const auto start = std::chrono::steady_clock::now();
            if (const Status swept = sweepGroup(stop); !swept)
                return stop.stop_requested() ? Status() : swept;
            m_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            PruneStep step{.iteration = iteration()};
            step.lost = m_lost;
            done.push_back(step);
        }
        return {};
    }

    PrunedLayer layer() const override
    {
        PrunedLayer layer;
        layer.weights = copyOf(m_weights.span());
        layer.mask = m_mask;
        for (std::int64_t row = 0; row < m_mask.rows(); ++row)
            for (std::int64_t col = m_next; col < m_mask.cols(); ++col)
                layer.mask.set(row, col, true); // not reached yet, so kept
        describe(layer);
        return layer;
    }

    PrunedLayer takeLayer() override
    {
        m_upper = {};
        PrunedLayer taken;
        taken.weights = std::move(m_weights);
        taken.mask = std::move(m_mask);
        describe(taken);
        return taken;
    }

    LayerKeyFrame save() const override
    {
        FrameWriter writer;
        writer.add(m_next);
        writer.add(m_lost);
        writer.add(m_weights);
        writer.add(m_errors);
        writer.add(m_mask);
        writer.add(m_totals);
        writer.add(m_scores);
        return {iteration(), writer.take()};
    }
    Status restore(const LayerKeyFrame &frame) override
    {
        FrameReader reader(frame.data);
        reader.get(m_next);
        reader.get(m_lost);
        reader.get(m_weights);
        reader.get(m_errors);
        reader.get(m_mask);
        reader.get(m_totals);
        reader.get(m_scores);
        return reader.done();
    }

private:
    void describe(PrunedLayer &layer) const
    {
        layer.totals = m_totals;
        layer.scores = m_scores;
        layer.iterations = iteration();
        layer.seconds = m_seconds;
        layer.tileSeconds = m_chooser.seconds();
        layer.tileSolves = m_chooser.tiles();
    }

    Status sweepGroup(const std::stop_token &stop)
    {
        const std::int64_t cols = m_weights.cols(), first = m_next, end = std::min(cols, first + m_group);
        const std::int64_t block = first / m_block * m_block, blockEnd = std::min(cols, block + m_block);
        Result<KeptEntries> kept = m_chooser.choose(scoreOf(first, end).span(), stop);
        if (!kept)
            return fail(kept.error());
        m_totals += kept->totals;
        m_scores += kept->scores;
        m_lost += sweepRows(kept->mask, first, end, block, blockEnd);
        if (end == blockEnd && end < cols)
            if (const Status done = m_algebra.subtractProduct(
                    m_errors.span().block(0, 0, m_weights.rows(), blockEnd - block),
                    m_upper.span().block(block, end, blockEnd - block, cols - end),
                    m_weights.span().block(0, end, m_weights.rows(), cols - end), m_chooser.options().threads);
                !done)
                return done;
        m_next = end;
        return {};
    }

    Matrix<float> scoreOf(std::int64_t first, std::int64_t end) const
    {
        Matrix<float> score(m_weights.rows(), end - first);
        for (std::int64_t row = 0; row < score.rows(); ++row)
            for (std::int64_t col = first; col < end; ++col) {
                const float e = m_weights(row, col) / m_upper(col, col);
                score(row, col - first) = e * e;
            }
        return score;
    }

    /// Drops the entries of columns [first, end) that `kept` does not keep and updates the rest of their block. Returns Σe².
    double sweepRows(const Mask &kept, std::int64_t first, std::int64_t end, std::int64_t block, std::int64_t blockEnd)
    {
        std::vector<double> lost(std::size_t(m_weights.rows()));
        parallelBlocks(m_weights.rows(), 16, m_chooser.options().threads, {}, [&](std::int64_t begin, std::int64_t rowsEnd) {
            for (std::int64_t row = begin; row < rowsEnd; ++row) {
                float *weights = m_weights.span().row(row).data(), *errors = m_errors.span().row(row).data();
                for (std::int64_t col = first; col < end; ++col) {
                    const bool stays = kept.at(row, col - first);
                    m_mask.set(row, col, stays);
                    errors[col - block] = 0;
                    if (stays)
                        continue;
                    const float *factor = m_upper.span().row(col).data();
                    const float error = weights[col] / factor[col];
                    subtractScaled(weights + col + 1, factor + col + 1, error, blockEnd - col - 1);
                    weights[col] = 0;
                    errors[col - block] = error;
                    lost[std::size_t(row)] += double(error) * double(error);
                }
            }
        });
        double sum = 0;
        for (const double one : lost)
            sum += one;
        return sum;
    }

    LinearAlgebra &m_algebra;
    EntryChooser m_chooser;
    Matrix<float> m_upper; // U
    Matrix<float> m_weights;
    Mask m_mask;
    Matrix<float> m_errors; // errors e of the current block
    SolutionTotals m_totals;
    double m_scores = 0;
    std::int64_t m_cols = 0, m_block = 0, m_group = 0;
    std::int64_t m_next = 0; // next column
    double m_lost = 0;
    double m_seconds = 0; // includes the time to compute U
};

} // namespace

Result<std::unique_ptr<LayerRun>> startSparseGpt(const LayerProblem &layer, const PruneOptions &options, PruneParts parts)
{
    const auto start = std::chrono::steady_clock::now();
    Matrix<double> h = damped(*layer.gram, options.damping);
    Matrix<float> upper;
    if (const Status factored = parts.algebra.inverseFactor(h, upper, options.tiles.threads); !factored)
        return fail(factored.error());
    h = {};
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::make_unique<SparseGptRun>(layer, options, parts, std::move(upper), seconds);
}

} // namespace nms
