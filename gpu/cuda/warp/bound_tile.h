// SPDX-License-Identifier: Apache-2.0
// Certified bounds on the tiles of one warp: for any α, β no feasible mask reaches more than
// n Σα + n Σβ + Σ max(0, A − α_i − β_j).
#pragma once

#include "gpu/cuda/warp/dykstra_tile.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

template <int M> class BoundTile
{
public:
    using Tile = DykstraTile<M>;
    using Frame = TileFrame<M>;
    using L = Layout<M>;

    /// Starts from the tile's own potentials.
    NMS_FN BoundTile(WarpMemory &memory, Tile &tile) : m_memory(memory), m_tile(tile), m_frame(tile.frame)
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            alpha[q] =
                select(m_frame.lineUsed[q] & !tile.blank, tile.threshold(tile.rowExponent[q], tile.rowFactor[q]), 0.0F);
            beta[q] = select(m_frame.lineUsed[q] & !tile.blank, tile.threshold(tile.columnExponent[q], tile.columnFactor[q]),
                             0.0F);
        }
    }

    /// α_i ← midpoint of the n-th and (n+1)-th greatest of A[i,·] − β, then β likewise, `count` times: each step minimises
    /// the bound over one side.
    NMS_FN void sweep(int count)
    {
        center();
        for (int k = 0; k < count; ++k) {
            side<true>(alpha, beta);
            side<false>(beta, alpha);
        }
    }

    /// The bound in units of the scaled scores, summed in double: valid whatever was rounded in α and β.
    NMS_FN Lanes<double> bound()
    {
        share(beta);
        Lanes<double> total = 0.0;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const Lanes<double> own = to<double>(alpha[q]);
            Lanes<double> line = (own + to<double>(beta[q])) * double(m_frame.n);
            for (int j = 0; j < m_frame.m; ++j) {
                const Lanes<double> a = to<double>(m_tile.score.load(m_frame.word(m_frame.line[q], j)));
                const Lanes<double> b = to<double>(m_tile.capVector.load(m_frame.vectorBase + j));
                line = line + larger(a - own - b, 0.0);
            }
            total = total + select(m_frame.lineUsed[q], line, 0.0);
        }
        return m_frame.sumOverLines(total);
    }

    Lanes<float> alpha[L::slots]; // of the lane's line as a row
    Lanes<float> beta[L::slots]; // as a column

private:
    /// Only differences within β matter to a sweep: takes the greatest to 0, so that large opposite potentials cost no
    /// digits.
    NMS_FN void center()
    {
        Lanes<float> greatest = -largestFloat;
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

    NMS_FN void share(const Lanes<float> (&values)[L::slots])
    {
        m_memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            m_tile.capVector.store(m_frame.vectorBase + m_frame.line[q], values[q]);
        m_memory.sync();
    }

    /// Walks `mine` along the values A − other of its line, one at a time, until at most n lie above and at least n at or
    /// above: m + 1 steps at most, a step or two from the potentials of a converged plan.
    template <bool Rows> NMS_FN void side(Lanes<float> (&mine)[L::slots], const Lanes<float> (&other)[L::slots])
    {
        share(other);
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            bool more = true;
            for (int step = 0; more && step < m_frame.m + 2; ++step) {
                Lanes<int> above = 0;
                Lanes<int> notBelow = 0;
                Lanes<float> next = largestFloat; // least value above
                Lanes<float> previous = -largestFloat; // greatest value below
                for (int k = 0; k < m_frame.m; ++k) {
                    const Lanes<float> a =
                        m_tile.score.load(Rows ? m_frame.word(m_frame.line[q], k) : m_frame.word(k, m_frame.line[q]));
                    const Lanes<float> x = a - m_tile.capVector.load(m_frame.vectorBase + k);
                    above = above + to<int>(x > mine[q]);
                    notBelow = notBelow + to<int>(x >= mine[q]);
                    next = smaller(next, select(x > mine[q], x, largestFloat));
                    previous = larger(previous, select(x < mine[q], x, -largestFloat));
                }
                const Lanes<bool> up = m_frame.lineUsed[q] & (above > m_frame.n);
                const Lanes<bool> down = m_frame.lineUsed[q] & (notBelow < m_frame.n);
                // Settled on the n-th greatest, on the (n+1)-th, or between them.
                const Lanes<float> nth = select(above == m_frame.n, next, mine[q]);
                const Lanes<float> after = m_frame.n == m_frame.m ? nth : select(notBelow == m_frame.n, previous, mine[q]);
                const Lanes<float> middle = select(m_frame.lineUsed[q], (nth + after) * 0.5F, mine[q]);
                mine[q] = select(up, next, select(down, previous, middle));
                more = any(up | down);
            }
        }
    }

    WarpMemory &m_memory;
    Tile &m_tile;
    const Frame &m_frame;
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
