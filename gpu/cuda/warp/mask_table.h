// SPDX-License-Identifier: Apache-2.0
// The masks of a small tile (core/tile/small/feasible_masks.h) with lookup tables for a warp, computed at compile time.
#pragma once

#include "core/tile/small/feasible_masks.h"

#include <cstdint>

namespace nms::warp {

/// For 2 ≤ M ≤ 4 and 1 ≤ N < M: tops, bottoms and classes are those of FeasibleMasks. The choices for two rows are numbered
/// like two digits, each an index into `lines`.
///
/// A key is 2^keyBits · Σ of the kept scores + a rank that is larger for masks that come first: the greatest key belongs to
/// the best mask and, among equal sums with the same first row, to the first mask in row-major order.
template <int N, int M> struct MaskTable {
    using Masks = FeasibleMasks<N, M>;
    static constexpr PartialMasks<N, M, 0, 1> lines = {}; // the possible choices of one row
    static constexpr int topRows = Masks::topRows;
    static constexpr int bottomRows = M - topRows;
    static constexpr int tops = Masks::tops.count;
    static constexpr int bottoms = Masks::bottoms.count;

    int classes = 0;
    int classOfBottom[bottoms] = {};
    bool firstOfClass[bottoms] = {};
    int rankOfBottom[bottoms] = {}; // added to its key
    int classOfTop[tops] = {}; // −1: no bottom fits
    int rankOfTop[tops] = {};
    bool firstOfRow[tops] = {}; // first one with a fitting bottom among those with the same first row
    int keyBits = 0;
    std::uint16_t masks[lines.count * 16] = {}; // indexed by first row and rank; bits 4i to 4i + 3 are row i
    std::uint16_t band = 0; // row i keeps columns i … i + N − 1, modulo M

    constexpr MaskTable()
    {
        constexpr Masks all = {};
        for (int i = 0; i < M; ++i)
            band = std::uint16_t(band | nibbles(bandOf<N, M>() >> (8 * i) & 255, 1) << (4 * i));
        classes = all.classes;
        int sizes[bottoms] = {};
        for (int b = 0; b < bottoms; ++b) {
            classOfBottom[b] = all.classOfBottom[b];
            firstOfClass[b] = all.firstOfClass[b];
            rankOfBottom[b] = -sizes[classOfBottom[b]]++;
        }
        const int sameRow = tops / lines.count; // tops with the same first row
        int perRow = 0;
        for (int t = 0; t < tops; ++t) {
            perRow = t % sameRow == 0 ? 0 : perRow;
            firstOfRow[t] = false;
            classOfTop[t] = all.classOfTop[t];
            if (classOfTop[t] < 0)
                continue;
            firstOfRow[t] = perRow == 0;
            rankOfTop[t] = -perRow;
            perRow += sizes[classOfTop[t]];
        }
        while (1 << keyBits < perRow) // perRow is the same for every first row: permuting columns maps one to another
            ++keyBits;
        for (int t = 0; t < tops; ++t) {
            rankOfTop[t] += perRow - 1;
            for (int b = 0; b < bottoms; ++b)
                if (classOfBottom[b] == classOfTop[t])
                    masks[t / sameRow << 4 | (rankOfTop[t] + rankOfBottom[b])] =
                        std::uint16_t(nibbles(Masks::tops.rows[t] | Masks::bottoms.rows[b], M));
        }
    }

private:
    /// Packs rows of one byte each into four bits each.
    static constexpr std::uint32_t nibbles(std::uint64_t rows, int count)
    {
        std::uint32_t packed = 0;
        for (int i = 0; i < count; ++i)
            packed |= std::uint32_t(rows >> (8 * i) & 15) << (4 * i);
        return packed;
    }
};

template <int N, int M> inline constexpr MaskTable<N, M> maskTable = {};

} // namespace nms::warp
