// SPDX-License-Identifier: Apache-2.0
// Projections onto {row sums n, S ≤ 1} and {column sums n, S ≤ 1}, exactly or by one Newton step.
#pragma once

#include "core/simd/real_functions.h"
#include "core/simd/transpose.h"
#include "core/tile/entropic/fill_kernels.h"
#include "core/tile/entropic/fill_levels.h"

namespace nms {

namespace {

template <int P, class T> NMS_REALS void transposeKernel(FillWork<T> &work)
{
    using Line = Reals<P, T>;
    constexpr int L = Line::lanes;
    for (int i = 0; i < P; i += L)
        for (int j = 0; j < P; j += L) {
            typename Line::Vector square[L];
            eachPlace<L>([&](auto k) __attribute__((always_inline)) {
                square[k] = *reinterpret_cast<const typename Line::Vector *>(work.kernel + (i + k) * P + j);
            });
            exchangeAll<L / 2>(square);
            eachPlace<L>([&](auto k) __attribute__((always_inline)) {
                *reinterpret_cast<typename Line::Vector *>(work.transposed + (j + k) * P + i) = square[k];
            });
        }
}

template <int P, class T> void buildKernel(FillWork<T> &work)
{
    using Line = typename FillShape<P, T>::Line;
    // Adding to all u what is subtracted from all v changes nothing: this keeps both near 0, where single precision is fine
    // enough.
    const double shift = work.v[0];
    alignas(64) T columns[P];
    for (int j = 0; j < P; ++j)
        columns[j] = inRange<T>(work.v[j] - shift) - work.rest[j] * T(1e6); // e^x is 0 in padding
    const Line scale = Line::all(T(work.scoreToExponent));
    for (int i = 0; i < work.m; ++i) {
        const Line row = Line::all(inRange<T>(work.u[i] + shift));
        eachBlock<P, T>([&](int first) __attribute__((always_inline)) {
            const Line x = Line::ofFloats(work.scores + i * P + first) * scale + (row + Line::load(columns + first));
            exponential(x).store(work.kernel + i * P + first);
        });
    }
    for (int k = work.m * P; k < P * P; ++k)
        work.kernel[k] = 0;
    transposeKernel<P, T>(work);
    work.rowResidual = work.columnResidual = -1;
}

template <int P, class T> NMS_REALS void setTables(const FillWork<T> &work, FillSide<P, T> &rows, FillSide<P, T> &columns)
{
    rows.table = work.transposed;
    columns.table = work.kernel;
    rows.rest = columns.rest = work.rest;
}

template <int P, class T> NMS_REALS void reciprocals(const T *of, T *to)
{
    using Line = typename FillShape<P, T>::Line;
    eachBlock<P, T>([&](int first)
                        __attribute__((always_inline)) { (Line::all(1) / Line::load(of + first)).store(to + first); });
}

template <int P, class T> NMS_REALS void copyLine(const T *from, T *to)
{
    using Line = typename FillShape<P, T>::Line;
    eachBlock<P, T>([&](int first) __attribute__((always_inline)) { Line::load(from + first).store(to + first); });
}

/// Whether all factors are moderate enough that no product of them with the kernel overflows or underflows.
template <int P, class T> NMS_REALS bool factorsInRange(const FillWork<T> &work)
{
    using Line = typename FillShape<P, T>::Line;
    Line most = Line::all(1), least = Line::all(1);
    eachBlock<P, T>([&](int first) __attribute__((always_inline)) {
        const Line w = Line::load(work.w + first), q = Line::load(work.q + first);
        most = max(most, max(w, q));
        least = min(least, min(w, q));
    });
    return !anyLess(Line::all(FillRange<T>::factor), most) && !anyLess(least, Line::all(1 / FillRange<T>::factor));
}

/// Computes factor·(u − ln w) and factor·(v + ln q).
template <int P, class T> NMS_REALS void potentialsOf(const FillWork<T> &work, double factor, double *rows, double *columns)
{
    constexpr int W = P < 8 ? P : 8;
    using Line = Reals<W>;
    alignas(64) double w[P], q[P];
    for (int k = 0; k < P; ++k) {
        w[k] = double(work.w[k]);
        q[k] = double(work.q[k]);
    }
    const Line by = Line::all(factor);
    for (int k = 0; k < P; k += W) {
        (by * (Line::load(work.u + k) - logarithm(Line::load(w + k)))).store(rows + k);
        (by * (Line::load(work.v + k) + logarithm(Line::load(q + k)))).store(columns + k);
    }
}

template <class T> NMS_REALS void resetFactors(FillWork<T> &work, int count)
{
    for (int k = 0; k < count; ++k)
        work.w[k] = work.q[k] = 1;
}

/// Whether |Σ S − n| is at most `tolerance`·n in all lanes; if so, sets `residual` to the largest |Σ S − n|/n.
template <int W, class T> NMS_REALS bool isWithin(Reals<W, T> off, int n, double tolerance, double &residual)
{
    constexpr double roundingAside = 1 + 1e-6;
    if (anyLess(Reals<W, T>::all(T(tolerance * n * roundingAside)), off))
        return false;
    residual = double(largest(off)) / n;
    return residual <= tolerance;
}

/// Updates both sides; the columns only where the rows are within `tolerance`.
template <int P, class T>
NMS_REALS bool lookAtBoth(FillWork<T> &work, FillSide<P, T> &rows, FillSide<P, T> &columns, double tolerance)
{
    copyLine<P, T>(work.w, rows.levels);
    copyLine<P, T>(work.q, rows.others);
    if (!isWithin(countAtLevels<P, T>(rows, work.n), work.n, tolerance, work.rowResidual))
        return false;
    reciprocals<P, T>(work.q, columns.levels);
    reciprocals<P, T>(work.w, columns.others);
    return isWithin(countAtLevels<P, T>(columns, work.n), work.n, tolerance, work.columnResidual);
}

template <int P, class T> void residuals(FillWork<T> &work)
{
    FillSide<P, T> rows, columns;
    setTables(work, rows, columns);
    lookAtBoth<P, T>(work, rows, columns, FillRange<float>::infinity);
}

template <int P, class T> int fill(FillWork<T> &work, int done, int end, FillStep kind, double tolerance)
{
    FillSide<P, T> rows, columns;
    setTables(work, rows, columns);
    const int begin = done;
    for (; done < end; ++done) {
        if (lookAtBoth<P, T>(work, rows, columns, done > 0 ? tolerance : -1))
            return done - begin;
        const T beyond = T(done > 0 ? kind.beyond : 0);
        step<P, T>(rows, work.n, kind.exact, beyond, work.w);
        reciprocals<P, T>(work.q, columns.levels);
        reciprocals<P, T>(work.w, columns.others);
        countAtLevels<P, T>(columns, work.n);
        step<P, T>(columns, work.n, kind.exact, beyond, columns.levels);
        reciprocals<P, T>(columns.levels, work.q);
        if (!factorsInRange<P, T>(work)) {
            potentialsOf<P, T>(work, 1, work.u, work.v);
            resetFactors(work, P);
            buildKernel<P, T>(work);
        }
    }
    work.rowResidual = work.columnResidual = -1;
    return end - begin;
}

/// The same plan at four times τ: the new kernel is (K·q/w)⁴, and the factors are 1.
template <int P, class T> void sharpen(const FillWork<T> &from, FillWork<T> &to)
{
    using Line = typename FillShape<P, T>::Line;
    to.n = from.n;
    to.m = from.m;
    to.scores = from.scores;
    to.scoreToExponent = 4 * from.scoreToExponent;
    to.rowResidual = to.columnResidual = -1;
    potentialsOf<P, T>(from, 4, to.u, to.v);
    resetFactors(to, P);
    copyLine<P, T>(from.rest, to.rest);
    alignas(64) T p[P];
    reciprocals<P, T>(from.w, p);
    const Line most = Line::all(FillRange<T>::sharpened), least = Line::all(1 / FillRange<T>::sharpened);
    const auto raise = [&](const T *table, const T *ofRow, const T *ofLane, T *out) __attribute__((always_inline))
    {
        for (int k = 0; k < P; ++k) {
            const Line factor = Line::all(ofRow[k]);
            eachBlock<P, T>([&](int first) __attribute__((always_inline)) {
                const Line x = Line::load(table + k * P + first) * factor * Line::load(ofLane + first);
                const Line y = min(x, most), square = y * y;
                whereLess(y, least, Line::all(0), square * square).store(out + k * P + first);
            });
        }
    };
    raise(from.kernel, p, from.q, to.kernel);
    raise(from.transposed, from.q, p, to.transposed);
}

template <int P, class T> void thresholds(const FillWork<T> &work, double *alpha, double *beta)
{
    alignas(64) double rows[P], columns[P];
    potentialsOf<P, T>(work, work.scoreToExponent > 0 ? -1 / work.scoreToExponent : 0, rows, columns);
    for (int k = 0; k < work.m; ++k) {
        alpha[k] = rows[k];
        beta[k] = columns[k];
    }
}

template <int P, class T> void excess(const FillWork<T> &work, const double *alpha, const double *beta, float *out)
{
    using Line = typename FillShape<P, float>::Line;
    alignas(64) float columns[P] = {};
    for (int j = 0; j < work.m; ++j)
        columns[j] = inRange<float>(beta[j]);
    for (int i = 0; i < work.m; ++i) {
        const Line row = Line::all(inRange<float>(alpha[i]));
        eachBlock<P, float>([&](int first) __attribute__((always_inline)) {
            ((Line::load(work.scores + i * P + first) - row) - Line::load(columns + first)).store(out + i * P + first);
        });
    }
}

} // namespace

} // namespace nms
