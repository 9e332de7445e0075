// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/lane_select.h"

#include "core/base/cpu_clones.h"

namespace nms {

namespace {

/// Sorts every lane l of values[e·P + l], e < count, descending: Batcher's merge exchange (Knuth, TAOCP 5.2.2, algorithm
/// M). It compares whole rows of lanes at fixed places, so all lanes are sorted by the same min/max instructions.
template <int P, class T> NMS_INLINE void sortLanes(T *values, int count)
{
    int top = 1;
    while (top < count)
        top *= 2;
    top /= 2;
    for (int p = top; p > 0; p /= 2) {
        int r = 0, d = p;
        for (int q = top;; q /= 2) {
            for (int e = 0; e < count - d; ++e) {
                if ((e & p) != r)
                    continue;
                T *__restrict upper = values + e * P;
                T *__restrict lower = values + (e + d) * P;
                for (int l = 0; l < P; ++l) {
                    const T a = upper[l], b = lower[l];
                    upper[l] = a > b ? a : b;
                    lower[l] = a < b ? a : b;
                }
            }
            if (q == p)
                break;
            d = q - p;
            r = p;
        }
    }
}

template <int P, class T>
NMS_INLINE void select(const T *table, const T *offset, int count, int n, TileArray<T> &scratch, T *nth, T *next)
{
    T *values = scratch.values.data();
    for (int e = 0; e < count; ++e)
        for (int l = 0; l < P; ++l)
            values[e * P + l] = table[e * P + l] - offset[e];
    sortLanes<P>(values, count);
    const T *a = values + (n - 1) * P, *b = values + (n < count ? n : n - 1) * P;
    for (int l = 0; l < P; ++l) {
        nth[l] = a[l];
        next[l] = b[l];
    }
}

template <class T>
NMS_INLINE void selectAny(const T *table, const T *offset, int stride, int count, int n, TileArray<T> &scratch, T *nth,
                          T *next)
{
    switch (stride) {
    case 4:
        return select<4>(table, offset, count, n, scratch, nth, next);
    case 8:
        return select<8>(table, offset, count, n, scratch, nth, next);
    case 16:
        return select<16>(table, offset, count, n, scratch, nth, next);
    case 32:
        return select<32>(table, offset, count, n, scratch, nth, next);
    default:
        return select<64>(table, offset, count, n, scratch, nth, next);
    }
}

} // namespace

NMS_CPU_CLONES void selectLanes(const double *table, const double *offset, int stride, int count, int n,
                                TileArray<double> &scratch, double *nth, double *next)
{
    selectAny(table, offset, stride, count, n, scratch, nth, next);
}

} // namespace nms
