// SPDX-License-Identifier: Apache-2.0
// Magnitude and Wanda: the best mask for a score; the kept weights are unchanged.
#include "core/prune/frame_bytes.h"
#include "core/prune/frameworks.h"

#include <chrono>
#include <cmath>
#include <utility>

namespace nms {

namespace {

class ScoredRun final : public LayerRun
{
public:
    ScoredRun(const LayerProblem &layer, const PruneOptions &options, PruneParts parts)
        : m_layer(layer), m_chooser(parts.backend, options), m_factors(std::size_t(layer.weights.cols), 1.0F)
    {
        if (traitsOf(options.framework).usesInputs)
            for (std::size_t j = 0; j < m_factors.size(); ++j)
                m_factors[j] = static_cast<float>(std::sqrt(double(layer.gram->h(std::int64_t(j), std::int64_t(j)))));
    }

    int iteration() const override { return m_done ? 1 : 0; }
    int plannedIterations() const override { return 1; }
    bool finished() const override { return m_done; }
    double fraction() const override { return m_done ? 1 : 0; }

    Status advance(int steps, const std::stop_token &stop, std::vector<PruneStep> &done) override
    {
        if (m_done || steps < 1 || stop.stop_requested())
            return {};
        const auto start = std::chrono::steady_clock::now();
        const Span2d<const float> weights = m_layer.weights;
        Matrix<float> score(weights.rows, weights.cols);
        for (std::int64_t row = 0; row < weights.rows; ++row) {
            const float *from = weights.row(row).data(), *factors = m_factors.data();
            float *to = score.span().row(row).data();
            for (std::int64_t col = 0; col < weights.cols; ++col)
                to[col] = std::fabs(from[col]) * factors[col];
        }
        Result<KeptEntries> kept = m_chooser.chooseWithinRows(score.span(), stop);
        if (!kept)
            return stop.stop_requested() ? Status() : fail(kept.error());
        m_kept = std::move(*kept);
        m_done = true;
        m_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        done.push_back({.iteration = 1});
        return {};
    }

    PrunedLayer layer() const override
    {
        PrunedLayer layer;
        layer.weights = copyOf(m_layer.weights);
        layer.mask = m_done ? m_kept.mask : allKept();
        for (std::int64_t row = 0; row < layer.mask.rows(); ++row)
            for (std::int64_t col = 0; col < layer.mask.cols(); ++col)
                if (!layer.mask.at(row, col))
                    layer.weights(row, col) = 0;
        layer.totals = m_kept.totals;
        layer.scores = m_kept.scores;
        layer.iterations = iteration();
        layer.seconds = m_seconds;
        layer.tileSeconds = m_chooser.seconds();
        layer.tileSolves = m_chooser.tiles();
        return layer;
    }

    LayerKeyFrame save() const override
    {
        FrameWriter writer;
        writer.add(m_done);
        writer.add(m_done ? m_kept.mask : allKept());
        return {iteration(), writer.take()};
    }
    Status restore(const LayerKeyFrame &frame) override
    {
        FrameReader reader(frame.data);
        reader.get(m_done);
        m_kept.mask = allKept();
        reader.get(m_kept.mask);
        return reader.done();
    }

private:
    Mask allKept() const
    {
        Mask mask(m_layer.weights.rows, m_layer.weights.cols);
        for (std::int64_t row = 0; row < mask.rows(); ++row)
            for (std::int64_t col = 0; col < mask.cols(); ++col)
                mask.set(row, col, true);
        return mask;
    }

    const LayerProblem m_layer;
    EntryChooser m_chooser;
    std::vector<float> m_factors; // one per column
    KeptEntries m_kept;
    double m_seconds = 0;
    bool m_done = false;
};

} // namespace

Result<std::unique_ptr<LayerRun>> startScored(const LayerProblem &layer, const PruneOptions &options, PruneParts parts)
{
    return std::make_unique<ScoredRun>(layer, options, parts);
}

} // namespace nms
