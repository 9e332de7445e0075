// SPDX-License-Identifier: Apache-2.0
// ALPS (Meng, Behdin, Wang, Mazumder 2024, arXiv 2406.07831): ADMM on min ½‖XW − XB‖² + ∞·1[D has no allowed mask] subject
// to B = D, with XᵀX scaled to a unit diagonal; then conjugate gradients on the support that was found.
//
// Where D is nonzero the multipliers V are 0, and the other way round: with D = mask∘(B + V/ρ), the update V + ρ(B − D) is 0
// inside the mask and ρ(B + V/ρ) outside of it. So one matrix T, together with the mask, holds both D and V. As H W₀ is
// known, B = W₀ + (ρD − V − ρW₀)(H + ρI)⁻¹, and each row of B is independent of the other rows: rows are processed in
// panels, and apart from W, T, H and the inverse no buffer is as large as a layer.
#include "core/base/parallel.h"
#include "core/prune/alps_kernels.h"
#include "core/prune/conjugate_gradients.h"
#include "core/prune/frame_bytes.h"
#include "core/prune/frameworks.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <mutex>
#include <utility>

namespace nms {

namespace {

// Parameters as published.
constexpr double firstPenalty = 0.1, mostPenalty = 1e6;
constexpr int checkEvery = 3, leastIterations = 30, mostIterations = 300;
constexpr double smallChange = 0.0003;

constexpr double ridge = 1e-8; // added to each input's norm
/// Rows of a panel: enough for a matrix product to run at full speed, but at most a quarter of a large layer, as two panels
/// are held at a time.
constexpr std::int64_t leastPanel = 512, mostPanel = 2048;
constexpr double finalShare = 0.1; // of the work, roughly, that the final step takes

enum class Phase : std::int32_t { Admm, Final, Done };

class AlpsRun final : public LayerRun
{
public:
    AlpsRun(const LayerProblem &layer, const PruneOptions &options, PruneParts parts, std::vector<float> norms,
            std::unique_ptr<SymmetricOperator> h)
        : m_layer(layer), m_chooser(parts.backend, options), m_norms(std::move(norms)), m_h(std::move(h)),
          m_state(layer.weights.rows, layer.weights.cols)
    {
        const std::int64_t rows = layer.weights.rows, m = options.tiles.pattern.m;
        m_side = m;
        const std::int64_t panel = std::clamp(rows / 4, leastPanel, mostPanel);
        m_panel = m_chooser.ranksAllRows() ? rows : std::min(rows, (panel + m - 1) / m * m);
    }

    /// Chooses the first mask, from the dense weights.
    Status start()
    {
        const auto begun = std::chrono::steady_clock::now();
        Matrix<float> score(m_state.rows(), m_state.cols());
        forRows(0, m_state.rows(), [&](std::int64_t row) {
            for (std::int64_t col = 0; col < m_state.cols(); ++col) {
                m_state(row, col) = m_layer.weights(row, col) * m_norms[std::size_t(col)];
                score(row, col) = m_state(row, col) * m_state(row, col);
            }
        });
        Result<KeptEntries> kept = m_chooser.choose(score.span(), {});
        if (!kept)
            return fail(kept.error());
        m_mask = std::move(kept->mask);
        m_totals = kept->totals;
        m_scores = kept->scores;
        dropFromState(m_mask);
        m_first = m_mask;
        m_checked = m_mask;
        if (const Status inverted = invert(); !inverted)
            return inverted;
        m_seconds += since(begun);
        return {};
    }
    void addSeconds(double seconds) { m_seconds += seconds; }

    int iteration() const override { return m_iteration + (m_phase == Phase::Done ? 1 : 0); }
    int plannedIterations() const override { return m_phase == Phase::Admm ? -1 : m_iteration + 1; }
    bool finished() const override { return m_phase == Phase::Done; }
    double fraction() const override
    {
        if (m_phase == Phase::Done)
            return 1;
        const double inStep = double(m_row) / double(m_state.rows());
        if (m_phase == Phase::Final)
            return 1 - finalShare * (1 - inStep);
        const double usual = leastIterations * 1.5;
        return (1 - finalShare) * std::min(0.98, (m_iteration + inStep) / usual);
    }

    Status advance(int steps, const std::stop_token &stop, std::vector<PruneStep> &done) override
    {
        for (; steps > 0 && !finished() && !stop.stop_requested(); --steps) {
            const auto begun = std::chrono::steady_clock::now();
            const Result<bool> complete = m_phase == Phase::Admm ? admmStep(stop, done) : finalStep(stop, done);
            m_seconds += since(begun);
            if (!complete)
                return stop.stop_requested() ? Status() : fail(complete.error());
            if (!*complete)
                return {};
        }
        return {};
    }

    PrunedLayer layer() const override
    {
        PrunedLayer layer;
        layer.weights = Matrix<float>(m_state.rows(), m_state.cols());
        layer.mask = m_mask;
        forRows(0, m_state.rows(), [&](std::int64_t row) { toWeights(row, layer.weights.span().row(row)); });
        describe(layer);
        return layer;
    }

    PrunedLayer takeLayer() override
    {
        m_h.reset();
        forRows(0, m_state.rows(), [&](std::int64_t row) { toWeights(row, m_state.span().row(row)); });
        PrunedLayer taken;
        taken.weights = std::move(m_state);
        taken.mask = std::move(m_mask);
        describe(taken);
        return taken;
    }

    LayerKeyFrame save() const override
    {
        FrameWriter writer;
        each([&](const auto &part) { writer.add(part); }, *this);
        const TilePotentials &potentials = m_chooser.potentials();
        writer.add(potentials.known.size());
        for (const std::uint8_t known : potentials.known)
            writer.add(known);
        writer.add(potentials.values);
        return {iteration(), writer.take()};
    }
    Status restore(const LayerKeyFrame &frame) override
    {
        FrameReader reader(frame.data);
        each([&](auto &part) { reader.get(part); }, *this);
        TilePotentials &potentials = m_chooser.potentials();
        std::size_t tiles = 0;
        reader.get(tiles);
        if (tiles > frame.data.size())
            return fail(ErrorKind::Internal, "key frame", "belongs to another run");
        potentials.known.resize(tiles);
        for (std::uint8_t &known : potentials.known)
            reader.get(known);
        potentials.values = Matrix<double>(std::int64_t(tiles), tiles > 0 ? 2 * m_side : 0);
        reader.get(potentials.values);
        if (const Status done = reader.done(); !done)
            return done;
        return invert();
    }

private:
    /// Row of T, unscaled to weights.
    void toWeights(std::int64_t row, std::span<float> out) const
    {
        for (std::int64_t col = 0; col < m_state.cols(); ++col)
            out[std::size_t(col)] = m_mask.at(row, col) ? m_state(row, col) / m_norms[std::size_t(col)] : 0.0F;
    }

    void describe(PrunedLayer &layer) const
    {
        layer.totals = m_totals;
        layer.scores = m_scores;
        layer.iterations = m_iteration;
        layer.refinements = m_refinements;
        layer.seconds = m_seconds;
        layer.tileSeconds = m_chooser.seconds();
        layer.tileSolves = m_chooser.tiles();
    }

    /// Applies `part` to every member that changes during a run, except times.
    template <class F, class Self> static void each(const F &part, Self &self)
    {
        part(self.m_phase);
        part(self.m_iteration);
        part(self.m_refinements);
        part(self.m_row);
        part(self.m_penalty);
        part(self.m_grew);
        part(self.m_change);
        part(self.m_supportChange);
        part(self.m_totals);
        part(self.m_panelTotals);
        part(self.m_scores);
        part(self.m_panelScores);
        part(self.m_state);
        part(self.m_mask);
        part(self.m_checked);
    }

    Status invert() { return m_h->invert(m_penalty, checkEvery * m_state.rows()); }

    static double since(std::chrono::steady_clock::time_point start)
    {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }

    template <class F> void forRows(std::int64_t first, std::int64_t end, const F &work) const
    {
        parallelBlocks(end - first, 8, m_chooser.options().threads, {}, [&](std::int64_t from, std::int64_t to) {
            for (std::int64_t row = first + from; row < first + to; ++row)
                work(row);
        });
    }

    alps::Row rowOf(std::int64_t row) const
    {
        return {m_layer.weights.row(row).data(), m_norms.data(), m_mask.row64(row).data(), m_state.cols()};
    }

    void dropFromState(const Mask &mask)
    {
        forRows(0, m_state.rows(), [&](std::int64_t row) {
            for (std::int64_t col = 0; col < m_state.cols(); ++col)
                if (!mask.at(row, col))
                    m_state(row, col) = 0;
        });
    }

    /// Computes the panel that begins at m_row: `product` becomes P (or B, for the final step) and `score` its square.
    Status panelIterate(Span2d<float> product, Span2d<float> score, bool withMultipliers)
    {
        const auto penalty = static_cast<float>(m_penalty);
        const std::int64_t first = m_row, end = first + product.rows;
        forRows(first, end, [&](std::int64_t row) {
            alps::rightSide(rowOf(row), m_state.span().row(row).data(), penalty, score.row(row - first).data());
        });
        if (const Status done = m_h->multiplyInverse(score, product); !done)
            return done;
        forRows(first, end, [&](std::int64_t row) {
            float *to = product.row(row - first).data(), *squares = score.row(row - first).data();
            if (withMultipliers)
                alps::candidates(rowOf(row), m_state.span().row(row).data(), penalty, to, squares);
            else
                alps::denseIterate(rowOf(row), to, squares);
        });
        return {};
    }

    /// Processes panel after panel; returns false if a stop was requested between two of them.
    template <class F> Result<bool> forPanels(const std::stop_token &stop, bool withMultipliers, const F &chosen)
    {
        Matrix<float> product(m_panel, m_state.cols()), score(m_panel, m_state.cols());
        if (m_row == 0) {
            m_change = {};
            m_panelTotals = {};
            m_panelScores = 0;
        }
        while (m_row < m_state.rows()) {
            if (stop.stop_requested())
                return false;
            const std::int64_t count = std::min(m_panel, m_state.rows() - m_row);
            const Span2d<float> candidates = product.span().block(0, 0, count, m_state.cols());
            const Span2d<float> squares = score.span().block(0, 0, count, m_state.cols());
            if (const Status done = panelIterate(candidates, squares, withMultipliers); !done)
                return fail(done.error());
            const std::int64_t tileCols = (m_state.cols() + m_side - 1) / m_side,
                               tileRows = (m_state.rows() + m_side - 1) / m_side;
            Result<KeptEntries> kept = m_chooser.chooseAgain(squares, m_row / m_side * tileCols, tileRows * tileCols, stop);
            if (!kept)
                return fail(kept.error());
            const Result<bool> used = chosen(candidates, kept->mask);
            if (!used || !*used)
                return used;
            m_panelTotals += kept->totals;
            m_panelScores += kept->scores;
            m_row += count;
        }
        m_row = 0;
        m_totals = m_panelTotals;
        m_scores = m_panelScores;
        return true;
    }

    Result<bool> admmStep(const std::stop_token &stop, std::vector<PruneStep> &done)
    {
        const auto penalty = static_cast<float>(m_penalty);
        const Result<bool> complete = forPanels(stop, true, [&](Span2d<float> candidates, const Mask &next) -> Result<bool> {
            std::vector<alps::Change> changes(std::size_t(next.rows()));
            forRows(m_row, m_row + next.rows(), [&](std::int64_t row) {
                changes[std::size_t(row - m_row)] =
                    alps::update(rowOf(row), next.row64(row - m_row).data(), candidates.row(row - m_row).data(), penalty,
                                 m_state.span().row(row).data());
            });
            for (const alps::Change &change : changes)
                m_change += change;
            m_mask.assignRows(m_row, next);
            return true;
        });
        if (!complete || !*complete)
            return complete;
        ++m_iteration;
        PruneStep step{.iteration = m_iteration, .penalty = m_penalty};
        step.primal = m_change.sparse > 0 ? std::sqrt(m_change.primal / m_change.sparse) : 0;
        step.dual = m_change.multipliers > 0 ? std::sqrt(m_change.dual / m_change.multipliers) : 0;
        if (m_iteration % checkEvery == 0)
            if (const Status adapted = adaptPenalty(); !adapted)
                return fail(adapted.error());
        step.supportChange = m_supportChange;
        done.push_back(step);
        if (m_iteration >= mostIterations)
            m_phase = Phase::Final;
        return true;
    }

    /// Every third iteration: ρ grows by a factor that depends on how much of the support changed since the last check; ADMM
    /// ends when that change is small.
    Status adaptPenalty()
    {
        std::int64_t changed = 0;
        for (std::int64_t row = 0; row < m_mask.rows(); ++row)
            for (std::int64_t word = 0; word < m_mask.wordsPerRow(); ++word)
                changed += std::popcount(m_mask.row64(row)[std::size_t(word)] ^ m_checked.row64(row)[std::size_t(word)]);
        m_supportChange = double(changed) / double(std::max<std::int64_t>(1, m_mask.kept()));
        m_checked = m_mask;
        const double before = m_penalty;
        if (m_supportChange > 0.1) {
            m_penalty *= 1.3;
            m_grew = true;
        } else if (m_supportChange > 0.005) {
            m_penalty *= 1.2;
            m_grew = true;
        } else if (changed > 0 && m_grew) {
            m_penalty *= 1.1;
        } else if (m_grew) {
            m_phase = Phase::Final;
        } else if (m_penalty > firstPenalty * 1e-6) { // hardly any change yet: ρ is too large, B keeps its support
            m_penalty /= 5;
            if (changed > 0)
                restart();
        } else {
            m_phase = Phase::Final;
        }
        m_penalty = std::min(m_penalty, mostPenalty);
        if (m_iteration > leastIterations && m_supportChange < smallChange)
            m_phase = Phase::Final;
        return m_penalty == before ? Status() : invert();
    }

    void restart()
    {
        m_mask = m_first;
        m_checked = m_first;
        forRows(0, m_state.rows(), [&](std::int64_t row) {
            for (std::int64_t col = 0; col < m_state.cols(); ++col)
                m_state(row, col) = m_mask.at(row, col) ? m_layer.weights(row, col) * m_norms[std::size_t(col)] : 0.0F;
        });
    }

    /// Chooses the support of B and minimises the error on it.
    Result<bool> finalStep(const std::stop_token &stop, std::vector<PruneStep> &done)
    {
        const Result<bool> complete =
            forPanels(stop, false, [&](Span2d<float> values, const Mask &kept) { return refine(values, kept, stop); });
        if (!complete || !*complete)
            return complete;
        m_phase = Phase::Done;
        done.push_back({.iteration = iteration(), .penalty = m_penalty});
        return true;
    }

    Result<bool> refine(Span2d<float> values, const Mask &kept, const std::stop_token &stop)
    {
        const std::int64_t cols = m_state.cols();
        Matrix<float> target(std::min(leastPanel, values.rows), cols);
        for (std::int64_t first = 0; first < values.rows; first += leastPanel) {
            const std::int64_t count = std::min(leastPanel, values.rows - first);
            forRows(first, first + count, [&](std::int64_t row) {
                for (std::int64_t col = 0; col < cols; ++col) {
                    target(row - first, col) = m_layer.weights(m_row + row, col) * m_norms[std::size_t(col)];
                    if (!kept.at(row, col))
                        values(row, col) = 0;
                }
            });
            const Result<int> steps =
                solveOnSupport(*m_h, target.span().block(0, 0, count, cols), kept, first,
                               {.threads = m_chooser.options().threads}, stop, values.block(first, 0, count, cols));
            if (!steps)
                return fail(steps.error());
            if (*steps < 0)
                return false;
            m_refinements = std::max(m_refinements, *steps);
        }
        forRows(0, values.rows,
                [&](std::int64_t row) { std::ranges::copy(values.row(row), m_state.span().row(m_row + row).begin()); });
        m_mask.assignRows(m_row, kept);
        return true;
    }

    const LayerProblem m_layer;
    EntryChooser m_chooser;
    const std::vector<float> m_norms;
    std::unique_ptr<SymmetricOperator> m_h;
    std::int64_t m_panel = 0, m_side = 1;
    Mask m_first;

    Matrix<float> m_state; // T
    Mask m_mask, m_checked; // of T, and at the last check of the support
    Phase m_phase = Phase::Admm;
    std::int32_t m_iteration = 0, m_refinements = 0;
    std::int64_t m_row = 0; // first row of the panel in progress
    double m_penalty = firstPenalty;
    bool m_grew = false;
    alps::Change m_change;
    double m_supportChange = PruneStep::none;
    SolutionTotals m_totals, m_panelTotals;
    double m_scores = 0, m_panelScores = 0;
    double m_seconds = 0;
};

} // namespace

Result<std::unique_ptr<LayerRun>> startAlps(const LayerProblem &layer, const PruneOptions &options, PruneParts parts)
{
    const auto begun = std::chrono::steady_clock::now();
    const std::int64_t inputs = layer.weights.cols;
    std::vector<float> norms(static_cast<std::size_t>(inputs));
    Matrix<float> scaled(inputs, inputs);
    const double added = options.damping * layer.gram->meanSquare();
    for (std::int64_t i = 0; i < inputs; ++i)
        norms[std::size_t(i)] = static_cast<float>(std::sqrt(double(layer.gram->h(i, i)) + added) + ridge);
    parallelBlocks(inputs, 32, options.tiles.threads, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            for (std::int64_t j = 0; j < inputs; ++j)
                scaled(i, j) = static_cast<float>(double(layer.gram->h(i, j)) /
                                                  (double(norms[std::size_t(i)]) * double(norms[std::size_t(j)])));
            scaled(i, i) = 1;
        }
    });
    auto h = parts.algebra.symmetric(scaled.span(), options.tiles.threads);
    if (!h)
        return fail(h.error());
    scaled = {};
    auto run = std::make_unique<AlpsRun>(layer, options, parts, std::move(norms), std::move(*h));
    if (const Status started = run->start(); !started)
        return fail(started.error());
    run->addSeconds(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
    return run;
}

} // namespace nms
