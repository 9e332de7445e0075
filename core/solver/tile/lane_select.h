// SPDX-License-Identifier: Apache-2.0
// The n-th and (n+1)-th largest of every lane at once.
#pragma once

#include "core/solver/tile/tile_scores.h"

namespace nms {

/// Sorts every lane l of values[e·P + l], e < count, descending: Batcher's merge exchange (Knuth, TAOCP 5.2.2, algorithm
/// M). It compares whole rows of lanes at fixed places, so all lanes are sorted by the same min/max instructions.
template <int P, class T> void sortLanes(T *values, int count)
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
                    lower[l] = a > b ? b : a;
                }
            }
            if (q == p)
                break;
            d = q - p;
            r = p;
        }
    }
}

/// For every lane l: the n-th largest (1 ≤ n ≤ count) of table[e·P + l] − offset[e] over e < count, and the one after it
/// (for n = count the n-th again).
template <int P, class T>
void selectLanes(const T *table, const T *offset, int count, int n, TileArray<T> &scratch, T *nth, T *next)
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

} // namespace nms
