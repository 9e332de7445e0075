// SPDX-License-Identifier: Apache-2.0
// WarpLanes on the host: 32 explicit values. Included only by lanes.h. With NMS_LANES_CHECKED every access to the warp's
// shared memory is checked for races: an access that would need a sync on a device terminates the program.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#ifdef NMS_LANES_CHECKED
#include <cstdio>
#include <cstdlib>
#define NMS_LANES_SPACE host_checked
#else
#define NMS_LANES_SPACE host
#endif
#define NMS_FN inline
#define NMS_UNROLL
#define NMS_UNROLL_LINES
#define NMS_UNROLL_BY(count)
#define NMS_UNROLL_SOME
#define NMS_NO_UNROLL

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

template <class T> struct WarpLanes {
    T at[32];

    WarpLanes() = default;
    WarpLanes(T uniform)
    {
        for (T &value : at)
            value = uniform;
    }
};

template <class F, class... A> inline auto map(F function, const WarpLanes<A> &...a)
{
    WarpLanes<decltype(function(a.at[0]...))> out;
    for (int lane = 0; lane < 32; ++lane)
        out.at[lane] = function(a.at[lane]...);
    return out;
}

template <class T> inline T leastOf(T x, T y)
{
    return x < y ? x : y;
}
template <class T> inline T greatestOf(T x, T y)
{
    return x > y ? x : y;
}
inline float fmaOf(float x, float y, float z)
{
    return float(double(x) * double(y) + double(z)); // the product is exact; avoids a libm call on CPUs without fma
}
inline float divide(float x, float y)
{
    return x / y;
}
inline float exp2Of(float x)
{
    return std::exp2(x);
}
inline float log2Of(float x)
{
    return std::log2(x);
}
inline float roundOf(float x)
{
    return std::nearbyint(x);
}
/// x · y ≥ 0, rounded to double, then to the nearest integer.
inline int nearestOfProduct(double x, double y)
{
    return int(x * y + 0.5); // NOLINT(bugprone-incorrect-roundings)
}
inline float floatOfBits(std::uint32_t bits)
{
    return std::bit_cast<float>(bits);
}
inline std::uint32_t bitsOfFloat(float x)
{
    return std::bit_cast<std::uint32_t>(x);
}
/// The value of an IEEE 754 binary16: its exponent bias is smaller by 112; Inf and NaN have the greatest exponent.
inline float floatOfHalf(std::uint16_t half)
{
    const std::uint32_t magnitude = (half & 0x7fffU) << 13;
    const std::uint32_t finite = bitsOfFloat(floatOfBits(magnitude) * 0x1p112F);
    return floatOfBits((half & 0x8000U) << 16 | (magnitude >= 0xf800000U ? 0x7f800000U | magnitude : finite));
}
inline double doubleOfBits(std::uint64_t bits)
{
    return std::bit_cast<double>(bits);
}
template <class Bits> inline int onesOf(Bits x)
{
    return std::popcount(x);
}
template <class Bits> inline int trailingZerosOf(Bits x)
{
    return std::countr_zero(x);
}

/// Two integers of 16 bits.
struct Pair {
    std::int16_t low;
    std::int16_t high;
};
inline Pair pairOf(int low, int high)
{
    return {std::int16_t(low), std::int16_t(high)};
}
inline int lowOf(Pair x)
{
    return x.low;
}
inline int highOf(Pair x)
{
    return x.high;
}
inline Pair swapped(Pair x)
{
    return {x.high, x.low};
}
inline Pair leastOf(Pair x, Pair y)
{
    return {std::min(x.low, y.low), std::min(x.high, y.high)};
}
inline Pair greatestOf(Pair x, Pair y)
{
    return {std::max(x.low, y.low), std::max(x.high, y.high)};
}
inline Pair operator-(Pair x, Pair y)
{
    return {std::int16_t(x.low - y.low), std::int16_t(x.high - y.high)};
}
inline std::uint32_t wordOf(Pair x)
{
    return std::bit_cast<std::uint32_t>(x);
}
inline Pair pairOfWord(std::uint32_t word)
{
    return std::bit_cast<Pair>(word);
}

inline WarpLanes<int> laneIndex()
{
    WarpLanes<int> out;
    for (int lane = 0; lane < 32; ++lane)
        out.at[lane] = lane;
    return out;
}
inline bool any(const WarpLanes<bool> &a)
{
    return std::any_of(std::begin(a.at), std::end(a.at), [](bool x) { return x; });
}
inline std::uint32_t ballot(const WarpLanes<bool> &a)
{
    std::uint32_t out = 0;
    for (int lane = 0; lane < 32; ++lane)
        out |= std::uint32_t(a.at[lane]) << lane;
    return out;
}
template <class T> inline WarpLanes<T> shuffle(const WarpLanes<T> &a, const WarpLanes<int> &source)
{
    WarpLanes<T> out;
    for (int lane = 0; lane < 32; ++lane)
        out.at[lane] = a.at[source.at[lane] & 31];
    return out;
}
template <class T> inline WarpLanes<T> shuffleXor(const WarpLanes<T> &a, int mask)
{
    WarpLanes<T> out;
    for (int lane = 0; lane < 32; ++lane)
        out.at[lane] = a.at[lane ^ mask];
    return out;
}

#ifdef NMS_LANES_CHECKED
/// Records which lanes accessed each word since the last sync.
class RaceDetector
{
public:
    explicit RaceDetector(int words) : m_words(std::size_t(words)) { }
    void sync() { ++m_epoch; }
    void read(int word, int lane)
    {
        Use &use = touch(word, lane);
        if (use.writers & ~(1U << lane))
            complain("is read after another lane wrote it, without a sync", word, lane);
        use.readers |= 1U << lane;
    }
    void write(int word, int lane)
    {
        Use &use = touch(word, lane);
        if ((use.writers | use.readers) & ~(1U << lane))
            complain("is written after another lane used it, without a sync", word, lane);
        use.writers |= 1U << lane;
    }

private:
    struct Use {
        std::uint64_t epoch = 0;
        std::uint32_t readers = 0;
        std::uint32_t writers = 0;
    };
    Use &touch(int word, int lane)
    {
        if (word < 0 || std::size_t(word) >= m_words.size())
            complain("lies outside the warp's memory", word, lane);
        Use &use = m_words[std::size_t(word)];
        if (use.epoch != m_epoch)
            use = {m_epoch, 0, 0};
        return use;
    }
    [[noreturn]] static void complain(const char *what, int word, int lane)
    {
        std::fprintf(stderr, "race in a warp: word %d %s (lane %d)\n", word, what, lane);
        std::abort();
    }
    std::vector<Use> m_words;
    std::uint64_t m_epoch = 1;
};
#else
class RaceDetector
{
public:
    explicit RaceDetector(int) { }
    void sync() { }
    void read(int, int) { }
    void write(int, int) { }
};
#endif

class Shared
{
public:
    Shared(float *words, RaceDetector &detector, int first) : m_words(words), m_detector(&detector), m_first(first) { }
    WarpLanes<float> load(const WarpLanes<int> &index) const
    {
        WarpLanes<float> out;
        for (int lane = 0; lane < 32; ++lane)
            out.at[lane] = word(index.at[lane], lane);
        return out;
    }
    void load4(const WarpLanes<int> &index, WarpLanes<float> (&out)[4]) const
    {
        for (int lane = 0; lane < 32; ++lane)
            for (int k = 0; k < 4; ++k)
                out[k].at[lane] = word(index.at[lane] + k, lane);
    }
    void store(const WarpLanes<int> &index, const WarpLanes<float> &value)
    {
        for (int lane = 0; lane < 32; ++lane) {
            m_detector->write(m_first + index.at[lane], lane);
            m_words[m_first + index.at[lane]] = value.at[lane];
        }
    }

private:
    float word(int index, int lane) const
    {
        m_detector->read(m_first + index, lane);
        return m_words[m_first + index];
    }
    float *m_words;
    RaceDetector *m_detector;
    int m_first;
};

class WarpMemory
{
public:
    explicit WarpMemory(int words) : m_words(std::size_t(words)), m_detector(words) { }
    WarpMemory(const WarpMemory &) = delete;
    /// Frees everything, for the next group of tiles.
    void reset()
    {
        m_next = 0;
        m_detector.sync();
    }
    Shared take(int words)
    {
        const int first = m_next;
        m_next += words;
        return {m_words.data(), m_detector, first};
    }
    void sync() { m_detector.sync(); }

private:
    std::vector<float> m_words;
    RaceDetector m_detector;
    int m_next = 0;
};

template <class T>
inline WarpLanes<T> gather(const T *base, const WarpLanes<std::int64_t> &index, const WarpLanes<bool> &where)
{
    WarpLanes<T> out;
    for (int lane = 0; lane < 32; ++lane)
        out.at[lane] = where.at[lane] ? base[index.at[lane]] : T(0);
    return out;
}
template <class T>
inline void gather4(const T *base, const WarpLanes<std::int64_t> &index, WarpLanes<T> (&out)[4],
                    const WarpLanes<bool> &where)
{
    for (int k = 0; k < 4; ++k)
        out[k] = gather(base, map([k](std::int64_t i) { return i + k; }, index), where);
}
template <class T>
inline void scatter(T *base, const WarpLanes<std::int64_t> &index, const WarpLanes<T> &value, const WarpLanes<bool> &where)
{
    for (int lane = 0; lane < 32; ++lane)
        if (where.at[lane])
            base[index.at[lane]] = value.at[lane];
}
static_assert(std::endian::native == std::endian::little); // for halves of words
inline void scatterHalves(std::uint64_t *base, const WarpLanes<std::int64_t> &half, const WarpLanes<std::uint32_t> &bits,
                          const WarpLanes<bool> &where)
{
    for (int lane = 0; lane < 32; ++lane)
        if (where.at[lane])
            std::memcpy(reinterpret_cast<std::byte *>(base) + half.at[lane] * 4, &bits.at[lane], 4);
}
inline void scatterOr(std::uint64_t *base, const WarpLanes<std::int64_t> &index, const WarpLanes<std::uint64_t> &bits,
                      const WarpLanes<bool> &where)
{
    for (int lane = 0; lane < 32; ++lane)
        if (where.at[lane])
            std::atomic_ref(base[index.at[lane]]).fetch_or(bits.at[lane], std::memory_order_relaxed);
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
