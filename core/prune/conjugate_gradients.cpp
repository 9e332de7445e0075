// SPDX-License-Identifier: Apache-2.0
#include "core/prune/conjugate_gradients.h"

#include "core/base/cpu_clones.h"
#include "core/base/parallel.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace nms {

namespace {

constexpr int lanes = 16; // partial sums side by side, so that the compiler vectorises the loop

NMS_CPU_CLONES double dot(const float *a, const float *b, std::int64_t count)
{
    double total = 0;
    for (std::int64_t first = 0; first < count;) {
        float sums[lanes] = {};
        const std::int64_t end = std::min(count, first + 256);
        for (; first + lanes <= end; first += lanes)
            for (int lane = 0; lane < lanes; ++lane)
                sums[lane] += a[first + lane] * b[first + lane];
        for (; first < end; ++first)
            sums[0] += a[first] * b[first];
        for (const float sum : sums)
            total += double(sum);
    }
    return total;
}

/// Zeroes the entries that the mask drops.
NMS_CPU_CLONES void keepOnly(const std::uint64_t *words, std::int64_t cols, float *values)
{
    for (std::int64_t base = 0; base < cols; base += 64) {
        const std::uint64_t word = words[base / 64];
        const std::int64_t count = std::min<std::int64_t>(64, cols - base);
        for (std::int64_t k = 0; k < count; ++k)
            values[base + k] = word >> k & 1 ? values[base + k] : 0.0F;
    }
}

NMS_CPU_CLONES void addScaled(float *to, float factor, const float *from, std::int64_t count)
{
    for (std::int64_t k = 0; k < count; ++k)
        to[k] += factor * from[k];
}

/// direction = residual + factor · direction.
NMS_CPU_CLONES void turn(float *direction, float factor, const float *residual, std::int64_t count)
{
    for (std::int64_t k = 0; k < count; ++k)
        direction[k] = residual[k] + factor * direction[k];
}

} // namespace

Result<int> solveOnSupport(SymmetricOperator &h, Span2d<const float> target, const Mask &mask, std::int64_t maskRow0,
                           const SupportSolve &settings, const std::stop_token &stop, Span2d<float> values)
{
    const std::int64_t rows = values.rows, cols = values.cols;
    Matrix<float> residual(rows, cols), direction(rows, cols), image(rows, cols);
    // For each row: ‖residual‖², the error (w − w₀)H(w − w₀)ᵀ, and by how much the last step lowered it.
    std::vector<double> square(static_cast<std::size_t>(rows)), error(square.size()), gain(square.size());
    const auto forRows = [&](const std::function<void(std::int64_t)> &work) {
        parallelBlocks(rows, 8, settings.threads, {}, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t row = begin; row < end; ++row)
                work(row);
        });
    };
    forRows([&](std::int64_t row) {
        for (std::int64_t col = 0; col < cols; ++col)
            direction(row, col) = target(row, col) - values(row, col);
    });
    if (const Status done = h.multiply(direction.span(), residual.span()); !done)
        return fail(done.error());
    forRows([&](std::int64_t row) {
        float *r = residual.span().row(row).data();
        error[std::size_t(row)] = std::max(0.0, dot(r, direction.span().row(row).data(), cols));
        keepOnly(mask.row64(maskRow0 + row).data(), cols, r);
        std::copy(r, r + cols, direction.span().row(row).data());
        square[std::size_t(row)] = dot(r, r, cols);
    });
    int step = 0;
    for (bool worthIt = true; worthIt && step < settings.mostIterations; ++step) {
        if (stop.stop_requested())
            return -1;
        if (const Status done = h.multiply(direction.span(), image.span()); !done)
            return fail(done.error());
        forRows([&](std::int64_t row) {
            double &before = square[std::size_t(row)];
            gain[std::size_t(row)] = 0;
            if (before == 0)
                return;
            float *r = residual.span().row(row).data(), *p = direction.span().row(row).data();
            float *q = image.span().row(row).data();
            keepOnly(mask.row64(maskRow0 + row).data(), cols, q);
            const double curvature = dot(p, q, cols);
            if (!(curvature > 0)) { // only rounding errors are left
                before = 0;
                return;
            }
            gain[std::size_t(row)] = before * before / curvature;
            const auto length = static_cast<float>(before / curvature);
            addScaled(values.row(row).data(), length, p, cols);
            addScaled(r, -length, q, cols);
            const double after = dot(r, r, cols);
            turn(p, static_cast<float>(after / before), r, cols);
            before = after;
        });
        double gained = 0, remaining = 0;
        for (std::size_t row = 0; row < error.size(); ++row) {
            error[row] = std::max(0.0, error[row] - gain[row]);
            gained += gain[row];
            remaining += error[row];
        }
        worthIt = gained > settings.tolerance * remaining;
    }
    return step;
}

} // namespace nms
