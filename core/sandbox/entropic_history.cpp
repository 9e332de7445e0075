// SPDX-License-Identifier: Apache-2.0
// Dykstra's algorithm for entropic transport with capacities (Benamou, Carlier, Cuturi, Nenna and Peyré 2015, "Iterative
// Bregman projections for regularized transportation problems"; TSENOR, algorithm 1), and what becomes of it
// without the dual of the caps and without the caps.
#include "core/sandbox/histories.h"

#include "core/sandbox/history_recorder.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nms {

namespace {

using Kind = SandboxMethod::Kind;
using Step = TileIterate::Step;

constexpr double nothing = -std::numeric_limits<double>::infinity(); // the logarithm of 0

class Entropic
{
public:
    Entropic(const TileProblem &tile, Kind kind, double tau)
        : m_tile(tile), m_kind(kind), m_rows(tile.rows()), m_cols(tile.cols()), m_log(m_rows, m_cols),
          m_dual(m_rows, m_cols), m_u(std::size_t(m_rows)), m_v(std::size_t(m_cols))
    {
        double largest = 0;
        for (std::int64_t k = 0; k < tile.scores.size(); ++k)
            largest = std::max(largest, std::abs(tile.scores.data()[k]));
        m_unit = largest / tau;
        for (int row = 0; row < m_rows; ++row)
            for (int col = 0; col < m_cols; ++col)
                m_log(row, col) = isOpen(row, col) ? (largest > 0 ? tau * (tile.scores(row, col) / largest) : 0) : nothing;
    }

    void scaleRows()
    {
        for (int row = 0; row < m_rows; ++row) {
            const double factor =
                factorFor(m_tile.rowSums[std::size_t(row)], m_cols, [&](int col) { return m_log(row, col); });
            for (int col = 0; col < m_cols; ++col)
                m_log(row, col) += factor;
            m_u[std::size_t(row)] += factor;
        }
    }

    void scaleColumns()
    {
        for (int col = 0; col < m_cols; ++col) {
            const double factor =
                factorFor(m_tile.colSums[std::size_t(col)], m_rows, [&](int row) { return m_log(row, col); });
            for (int row = 0; row < m_rows; ++row)
                m_log(row, col) += factor;
            m_v[std::size_t(col)] += factor;
        }
    }

    void cut()
    {
        for (int row = 0; row < m_rows; ++row)
            for (int col = 0; col < m_cols; ++col) {
                if (!isOpen(row, col))
                    continue;
                const double uncut = m_log(row, col) + m_dual(row, col);
                m_log(row, col) = std::min(uncut, std::log(m_tile.caps(row, col)));
                if (m_kind == Kind::Dykstra)
                    m_dual(row, col) = uncut - m_log(row, col);
            }
    }

    TileIterate iterate(int iteration, Step step) const
    {
        TileIterate out;
        out.iteration = iteration;
        out.step = step;
        out.plan = Matrix<double>(m_rows, m_cols);
        const double shift =
            step == Step::Start ? *std::max_element(m_log.data(), m_log.data() + m_log.size()) : 0; // exp might overflow
        const bool isCut = m_kind != Kind::Sinkhorn && (step == Step::Caps || step == Step::Iteration);
        for (int row = 0; row < m_rows; ++row)
            for (int col = 0; col < m_cols; ++col) {
                const double value = m_log(row, col) == nothing ? 0 : std::exp(m_log(row, col) - shift);
                out.plan(row, col) = isCut ? std::min(value, m_tile.caps(row, col)) : value;
            }
        if (m_kind == Kind::Dykstra) {
            out.capDual = Matrix<double>(m_rows, m_cols);
            std::transform(m_dual.data(), m_dual.data() + m_dual.size(), out.capDual.data(),
                           [this](double log) { return log * m_unit; });
        }
        potentials(out);
        return out;
    }

private:
    /// Entries that can only be 0 take no part.
    bool isOpen(int row, int col) const { return m_tile.limit(row, col) > 0; }

    template <class At> static double factorFor(double sum, int count, At &&at)
    {
        double most = nothing;
        for (int k = 0; k < count; ++k)
            most = std::max(most, at(k));
        if (most == nothing)
            return 0;
        double scaled = 0;
        for (int k = 0; k < count; ++k)
            scaled += std::exp(at(k) - most);
        return std::log(sum) - most - std::log(scaled);
    }

    /// −u and −v in score units. A line of sum 0 has no factor: its potential is the smallest one that leaves it empty.
    void potentials(TileIterate &out) const
    {
        const auto inUnits = [this](const std::vector<double> &logs, std::vector<double> &to) {
            to.resize(logs.size());
            std::transform(logs.begin(), logs.end(), to.begin(), [this](double log) { return -log * m_unit; });
        };
        inUnits(m_u, out.alpha);
        inUnits(m_v, out.beta);
        for (int row = 0; row < m_rows; ++row)
            if (m_tile.rowSums[std::size_t(row)] == 0) {
                out.alpha[std::size_t(row)] = std::numeric_limits<double>::lowest();
                for (int col = 0; col < m_cols; ++col)
                    out.alpha[std::size_t(row)] =
                        std::max(out.alpha[std::size_t(row)], m_tile.scores(row, col) - out.beta[std::size_t(col)]);
            }
        for (int col = 0; col < m_cols; ++col)
            if (m_tile.colSums[std::size_t(col)] == 0) {
                out.beta[std::size_t(col)] = std::numeric_limits<double>::lowest();
                for (int row = 0; row < m_rows; ++row)
                    out.beta[std::size_t(col)] =
                        std::max(out.beta[std::size_t(col)], m_tile.scores(row, col) - out.alpha[std::size_t(row)]);
            }
    }

    const TileProblem &m_tile;
    const Kind m_kind;
    const int m_rows;
    const int m_cols;
    double m_unit = 0; // largest |score| / τ
    Matrix<double> m_log; // of the plan
    Matrix<double> m_dual; // logarithms of Q ≥ 1: by how much the last cut made each entry smaller
    std::vector<double> m_u; // sums of the logarithms of the factors
    std::vector<double> m_v;
};

} // namespace

void recordEntropic(const TileProblem &tile, SandboxMethod::Kind kind, const std::stop_token &stop, TileHistory &history)
{
    const SandboxOptions &options = history.options;
    Entropic state(tile, kind, options.tau);
    HistoryRecorder recorder(tile);
    recorder.add([&] { return state.iterate(0, Step::Start); });
    const bool hasCaps = kind != Kind::Sinkhorn;
    for (int iteration = 1; iteration <= options.iterations && !stop.stop_requested(); ++iteration) {
        const auto note = [&](Step step, bool isLast) {
            recorder.add([&] { return state.iterate(iteration, step); }, isLast);
        };
        const bool isLast = iteration == options.iterations;
        state.scaleRows();
        if (options.eachProjection)
            note(Step::Rows, false);
        state.scaleColumns();
        if (options.eachProjection)
            note(Step::Columns, isLast && !hasCaps);
        if (hasCaps) {
            state.cut();
            if (options.eachProjection)
                note(Step::Caps, isLast);
        }
        if (!options.eachProjection)
            note(Step::Iteration, isLast);
    }
    history.every = recorder.every();
    history.iterates = recorder.take();
}

} // namespace nms
