// SPDX-License-Identifier: Apache-2.0
#include "core/methods/selection/random_masks.h"

#include <array>
#include <bit>
#include <numeric>
#include <utility>

namespace nms {

namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers with every standard library.
class Random
{
public:
    explicit Random(std::uint64_t seed) : m_state(seed) { }

    /// 0 … count − 1: 32 random bits times count, a bias below 2⁻²⁶ for count ≤ 64.
    int below(int count) { return int((next() >> 32) * std::uint64_t(count) >> 32); }

    void shuffle(int *line, int count)
    {
        for (int k = count - 1; k > 0; --k)
            std::swap(line[k], line[below(k + 1)]);
    }

private:
    std::uint64_t next()
    {
        std::uint64_t z = m_state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    std::uint64_t m_state;
};

class CurveballChain
{
public:
    CurveballChain(NmPattern pattern, std::uint64_t seed) : m_m(pattern.m), m_random(seed)
    {
        std::iota(m_order.begin(), m_order.begin() + m_m, 0);
        Line columns = m_order;
        m_random.shuffle(columns.data(), m_m);
        m_random.shuffle(m_order.data(), m_m);
        for (int i = 0; i < m_m; ++i)
            for (int k = 0; k < pattern.n; ++k)
                rows[std::size_t(m_order[std::size_t(i)])] |= std::uint64_t(1) << columns[std::size_t((i + k) % m_m)];
    }

    void step()
    {
        m_random.shuffle(m_order.data(), m_m);
        for (std::size_t k = 0; k + 1 < std::size_t(m_m); k += 2)
            trade(rows[std::size_t(m_order[k])], rows[std::size_t(m_order[k + 1])]);
    }

    std::array<std::uint64_t, std::size_t(NmPattern::maxM)> rows = {};

private:
    using Line = std::array<int, std::size_t(NmPattern::maxM)>;

    /// Redistributes the columns that exactly one of two rows has; each row has as many as before, and all ways are equally
    /// likely.
    void trade(std::uint64_t &a, std::uint64_t &b)
    {
        const std::uint64_t either = a ^ b;
        int left = std::popcount(either), wanted = std::popcount(a & ~b);
        std::uint64_t dealt = 0;
        for (std::uint64_t bits = either; wanted > 0; bits &= bits - 1, --left)
            if (m_random.below(left) < wanted) {
                dealt |= bits & (0 - bits);
                --wanted;
            }
        const std::uint64_t both = a & b;
        a = both | dealt;
        b = both | (either & ~dealt);
    }

    int m_m;
    Random m_random;
    Line m_order = {};
};

} // namespace

RandomMasks::RandomMasks(NmPattern pattern, int count, std::uint64_t seed) : m_pattern(pattern), m_count(count), m_seed(seed)
{
    CurveballChain chain(pattern, seed);
    m_rows.reserve(std::size_t(count) * std::size_t(pattern.m));
    for (int k = 0; k < count; ++k) {
        for (int step = 0; step < (k == 0 ? burnIn : spacing); ++step)
            chain.step();
        m_rows.insert(m_rows.end(), chain.rows.begin(), chain.rows.begin() + pattern.m);
    }
}

} // namespace nms
