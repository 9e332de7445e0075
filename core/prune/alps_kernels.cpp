// SPDX-License-Identifier: Apache-2.0
#include "core/prune/alps_kernels.h"

#include "core/base/cpu_clones.h"

#include <algorithm>

namespace nms::alps {

namespace {

constexpr std::int64_t wordBits = 64;

/// Calls each(first, count, bits) for every 64 entries of a row, or those that are left.
template <class F> NMS_INLINE void forWords(const std::uint64_t *words, std::int64_t cols, const F &each)
{
    for (std::int64_t base = 0; base < cols; base += wordBits) {
        std::int32_t bits[wordBits];
        const std::uint64_t word = words[base / wordBits];
        for (int k = 0; k < wordBits; ++k)
            bits[k] = std::int32_t(word >> k & 1);
        each(base, std::min(wordBits, cols - base), bits);
    }
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
    forWords(row.kept, row.cols, [&](std::int64_t base, std::int64_t count, const std::int32_t *bits) {
        const float *t = state + base, *w = row.weights + base, *norm = row.norms + base;
        float *to = out + base;
        for (std::int64_t k = 0; k < count; ++k)
            to[k] = t[k] * (bits[k] ? penalty : -1.0F) - penalty * (w[k] * norm[k]);
    });
}

NMS_CPU_CLONES void candidates(const Row &row, const float *state, float penalty, float *product, float *score)
{
    const float inverse = 1 / penalty;
    forWords(row.kept, row.cols, [&](std::int64_t base, std::int64_t count, const std::int32_t *bits) {
        const float *t = state + base, *w = row.weights + base, *norm = row.norms + base;
        float *p = product + base, *s = score + base;
        for (std::int64_t k = 0; k < count; ++k) {
            const float value = w[k] * norm[k] + p[k] + (bits[k] ? 0.0F : t[k] * inverse);
            p[k] = value;
            s[k] = value * value;
        }
    });
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
    constexpr int lanes = 16;
    const float inverse = 1 / penalty;
    Change change;
    std::int64_t base = 0;
    for (; base < row.cols; base += wordBits) {
        const std::int64_t count = std::min(wordBits, row.cols - base);
        std::int32_t before[wordBits], after[wordBits];
        const std::uint64_t oldWord = row.kept[base / wordBits], newWord = next[base / wordBits];
        for (int k = 0; k < wordBits; ++k) {
            before[k] = std::int32_t(oldWord >> k & 1);
            after[k] = std::int32_t(newWord >> k & 1);
        }
        float primal[lanes] = {}, dual[lanes] = {}, sparse[lanes] = {}, multipliers[lanes] = {};
        const auto one = [&](std::int64_t k, int lane) {
            const float p = candidate[base + k], old = state[base + k];
            const float b = p - (before[k] ? 0.0F : old * inverse);
            const float d = after[k] ? p : 0.0F, dBefore = before[k] ? old : 0.0F, v = after[k] ? 0.0F : p;
            primal[lane] += (b - d) * (b - d);
            dual[lane] += (d - dBefore) * (d - dBefore);
            sparse[lane] += d * d;
            multipliers[lane] += v * v;
            state[base + k] = after[k] ? p : penalty * p;
        };
        std::int64_t k = 0;
        for (; k + lanes <= count; k += lanes)
            for (int lane = 0; lane < lanes; ++lane)
                one(k + lane, lane);
        for (; k < count; ++k)
            one(k, 0);
        for (int lane = 0; lane < lanes; ++lane)
            change += {double(primal[lane]), double(dual[lane]), double(sparse[lane]), double(multipliers[lane])};
    }
    return change;
}

} // namespace nms::alps
