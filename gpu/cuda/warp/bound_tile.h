// SPDX-License-Identifier: Apache-2.0
// Certified upper bounds for the tiles of one warp: for any α, β no feasible mask exceeds
// n Σα + n Σβ + Σ max(0, A − α_i − β_j).
#pragma once

#include "gpu/cuda/warp/score_tile.h"
#include "gpu/cuda/warp/selection.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

template <int M> class BoundTile
{
public:
    using Frame = TileFrame<M>;
    using L = Layout<M>;

    /// `scores` are scaled; `line`: scratch words, one per line. Starts from α = β = 0.
    NMS_FN BoundTile(WarpMemory &memory, const ScoreTile<M> &scores, const Shared &line)
        : m_memory(memory), m_scores(scores), m_frame(scores.frame), m_line(line)
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            alpha[q] = beta[q] = 0.0F;
    }

    /// α_i ← midpoint of the n-th and (n+1)-th greatest of A[i,·] − β, then β likewise, `count` times: each step minimises
    /// the bound over one side.
    NMS_FN void sweep(int count)
    {
        center();
        NMS_NO_UNROLL
        for (int half = 0; half < 2 * count; ++half) {
            const bool rows = half % 2 == 0;
            WarpLanes<float> other[L::slots];
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q)
                other[q] = rows ? beta[q] : alpha[q];
            share(other);
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                const WarpLanes<float> middle = threshold(q, rows);
                if (rows)
                    alpha[q] = middle;
                else
                    beta[q] = middle;
            }
        }
    }

    /// The bound in units of the scaled scores, summed in double: valid whatever rounding occurred in α and β.
    NMS_FN WarpLanes<double> bound()
    {
        share(beta);
        WarpLanes<double> total = 0.0;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<double> own = to<double>(alpha[q]);
            WarpLanes<double> line = (own + to<double>(beta[q])) * double(m_frame.n);
            NMS_UNROLL_BY(4)
            for (int j = 0; j < m_frame.m; ++j) {
                const WarpLanes<double> a = to<double>(m_scores.at(m_frame.line[q], j));
                const WarpLanes<double> b = to<double>(m_line.load(m_frame.vectorBase + j));
                const WarpLanes<double> above = a - own - b;
                line = select(above > 0.0, line + above, line); // max(above, 0) would take twice the instructions, for NaN
            }
            total = total + select(m_frame.lineUsed[q], line, 0.0);
        }
        return m_frame.sumOverLines(total);
    }

    WarpLanes<float> alpha[L::slots]; // of the lane's line as a row
    WarpLanes<float> beta[L::slots]; // of the lane's line as a column

private:
    /// Shifts β so that its greatest value is 0: a sweep depends only on differences within β, and large opposite potentials
    /// would cost digits.
    NMS_FN void center()
    {
        WarpLanes<float> greatest = -largestFloat;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            greatest = larger(greatest, select(m_frame.lineUsed[q], beta[q], -largestFloat));
        greatest = m_frame.greatestOverLines(greatest);
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            alpha[q] = alpha[q] + greatest;
            beta[q] = beta[q] - greatest;
        }
    }

    NMS_FN void share(const WarpLanes<float> (&values)[L::slots])
    {
        m_memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            m_line.store(m_frame.vectorBase + m_frame.line[q], values[q]);
        m_memory.sync();
    }

    /// Threshold of the line of slot q; the potentials of the other side are in shared memory.
    NMS_FN WarpLanes<float> threshold(int q, bool rows) const
    {
        const WarpLanes<int> first = rows ? m_frame.word(m_frame.line[q], 0) : m_frame.word(0, m_frame.line[q]);
        const int step = rows ? 1 : L::pitch;
        WarpLanes<float> values[M];
        NMS_UNROLL
        for (int k = 0; k < M; ++k) {
            const WarpLanes<float> x = m_scores.score.load(first + k * step) - m_line.load(m_frame.vectorBase + k);
            values[k] = k < m_frame.m ? x : WarpLanes<float>(-largestFloat);
        }
        WarpLanes<float> nth;
        WarpLanes<float> next;
        selectTwo(values, m_frame.n, nth, next);
        return select(m_frame.lineUsed[q], m_frame.n == m_frame.m ? nth : (nth + next) * 0.5F, 0.0F);
    }

    WarpMemory &m_memory;
    const ScoreTile<M> &m_scores;
    const Frame &m_frame;
    Shared m_line;
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
