// SPDX-License-Identifier: Apache-2.0
#include "core/prune/alps_kernels.h"

#include "core/base/cpu_clones.h"

#include <algorithm>
#include <array>
#include <bit>

namespace nms::alps {

namespace {

constexpr int lanes = 8;

/// For each value of 8 bits, eight 32-bit masks (all bits set or none), by which vectors select.
struct MaskTable {
    std::array<std::array<std::uint32_t, lanes>, 256> rows;
    constexpr MaskTable() : rows()
    {
        for (unsigned byte = 0; byte < rows.size(); ++byte)
            for (unsigned k = 0; k < lanes; ++k)
                rows[byte][k] = byte >> k & 1 ? ~0U : 0U;
    }
};
constexpr MaskTable masks;

NMS_INLINE const std::uint32_t *masksAt(const std::uint64_t *words, std::int64_t col)
{
    return masks.rows[words[col / 64] >> (col % 64) & 0xff].data();
}

/// `value` where the mask's bits are set, else 0.
NMS_INLINE float kept(std::uint32_t mask, float value)
{
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & mask);
}

} // namespace

Change &Change::operator+=(const Change &other)
{
    primal += other.primal;
    dual += other.dual;
    sparse += other.sparse;
    multipliers += other.multipliers;
    return *this;
}

NMS_CPU_CLONES void rightSide(const Row &row, const float *state, float penalty, float *out)
{
    const auto entry = [&](std::int64_t col, std::uint32_t mask) {
        out[col] =
            kept(mask, penalty * state[col]) - kept(~mask, state[col]) - penalty * (row.weights[col] * row.norms[col]);
    };
    std::int64_t col = 0;
    for (; col + lanes <= row.cols; col += lanes) {
        const std::uint32_t *mask = masksAt(row.kept, col);
        for (int k = 0; k < lanes; ++k)
            entry(col + k, mask[k]);
    }
    for (int k = 0; col < row.cols; ++col, ++k)
        entry(col, masksAt(row.kept, col - k)[k]);
}

NMS_CPU_CLONES void candidates(const Row &row, const float *state, float penalty, float *product, float *score)
{
    const float inverse = 1 / penalty;
    const auto entry = [&](std::int64_t col, std::uint32_t mask) {
        const float value = row.weights[col] * row.norms[col] + product[col] + kept(~mask, state[col] * inverse);
        product[col] = value;
        score[col] = value * value;
    };
    std::int64_t col = 0;
    for (; col + lanes <= row.cols; col += lanes) {
        const std::uint32_t *mask = masksAt(row.kept, col);
        for (int k = 0; k < lanes; ++k)
            entry(col + k, mask[k]);
    }
    for (int k = 0; col < row.cols; ++col, ++k)
        entry(col, masksAt(row.kept, col - k)[k]);
}

NMS_CPU_CLONES void denseIterate(const Row &row, float *product, float *score)
{
    for (std::int64_t k = 0; k < row.cols; ++k) {
        const float value = row.weights[k] * row.norms[k] + product[k];
        product[k] = value;
        score[k] = value * value;
    }
}

NMS_CPU_CLONES Change update(const Row &row, const std::uint64_t *next, const float *candidate, float penalty, float *state)
{
    constexpr std::int64_t block = 512; // small enough that float32 sums of squares stay accurate
    const float inverse = 1 / penalty;
    Change change;
    for (std::int64_t first = 0; first < row.cols; first += block) {
        float primal[lanes] = {}, dual[lanes] = {}, sparse[lanes] = {}, multipliers[lanes] = {};
        const auto entry = [&](std::int64_t col, std::uint32_t before, std::uint32_t after, int lane) {
            const float p = candidate[col], old = state[col];
            const float d = kept(after, p), v = kept(~after, p);
            const float missed = p - kept(~before, old * inverse) - d, moved = d - kept(before, old);
            primal[lane] += missed * missed;
            dual[lane] += moved * moved;
            sparse[lane] += d * d;
            multipliers[lane] += v * v;
            state[col] = d + penalty * v;
        };
        std::int64_t col = first;
        const std::int64_t end = std::min(row.cols, first + block);
        for (; col + lanes <= end; col += lanes) {
            const std::uint32_t *before = masksAt(row.kept, col), *after = masksAt(next, col);
            for (int k = 0; k < lanes; ++k)
                entry(col + k, before[k], after[k], k);
        }
        for (int k = 0; col < end; ++col, ++k)
            entry(col, masksAt(row.kept, col - k)[k], masksAt(next, col - k)[k], 0);
        for (int lane = 0; lane < lanes; ++lane)
            change += {double(primal[lane]), double(dual[lane]), double(sparse[lane]), double(multipliers[lane])};
    }
    return change;
}

} // namespace nms::alps
