// SPDX-License-Identifier: Apache-2.0
#include "core/prune/gram.h"

#include "core/base/number_text.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace nms {

namespace {

constexpr double roundingOf16Bits = 2e-3; // H may have been stored in half precision or bfloat16 before

std::string placeText(std::int64_t i, std::int64_t j)
{
    std::string text("("); // appended to: GCC 12 warns of "(" + std::string in C++23
    text.append(std::to_string(i)).append(", ").append(std::to_string(j)).append(")");
    return text;
}

Unexpected<Error> noGram(const std::string &what)
{
    return fail(ErrorKind::Input, "H", what, "give H = XᵀX of this layer's inputs, or X itself");
}

} // namespace

std::vector<double> Gram::squares() const
{
    std::vector<double> diagonal(static_cast<std::size_t>(inputs()));
    for (std::int64_t i = 0; i < inputs(); ++i)
        diagonal[std::size_t(i)] = double(h(i, i));
    return diagonal;
}

std::int64_t Gram::deadInputs() const
{
    const std::vector<double> diagonal = squares();
    return std::ranges::count(diagonal, 0.0);
}

double Gram::meanSquare() const
{
    double sum = 0;
    for (std::int64_t i = 0; i < inputs(); ++i)
        sum += double(h(i, i));
    return sum / static_cast<double>(inputs());
}

Result<Gram> gramOf(const Matrix<double> &sum, std::int64_t samples)
{
    Gram gram = {Matrix<float>(sum.rows(), sum.cols()), samples};
    for (std::int64_t i = 0; i < sum.rows(); ++i)
        for (std::int64_t j = 0; j < sum.cols(); ++j) {
            gram.h(i, j) = static_cast<float>(sum(i, j));
            if (!std::isfinite(gram.h(i, j)) && std::isfinite(sum(i, j)))
                return fail(ErrorKind::Input, "H",
                            "is " + formatNumber(sum(i, j)) + " at " + placeText(i, j) + ", more than float32 holds",
                            "scale the activations: pruning does not depend on it");
        }
    return gram;
}

Status checkGram(Gram &gram)
{
    Matrix<float> &h = gram.h;
    const std::int64_t n = gram.inputs();
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j)
            if (!std::isfinite(h(i, j)))
                return noGram(std::string("holds ") + (std::isnan(h(i, j)) ? "NaN" : "Inf") + " at " + placeText(i, j));
    for (std::int64_t i = 0; i < n; ++i)
        if (h(i, i) < 0)
            return noGram("is negative at " + placeText(i, i));
    if (gram.meanSquare() == 0)
        return fail(ErrorKind::Input, "H", "is 0: every input of the layer is always 0",
                    "give activations of this layer on real data");
    std::vector<double> roots = gram.squares();
    for (double &root : roots)
        root = std::sqrt(root);
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < i; ++j) {
            const double most = roots[std::size_t(i)] * roots[std::size_t(j)], one = double(h(i, j)),
                         other = double(h(j, i)), slack = roundingOf16Bits * most;
            if (std::abs(one - other) > slack)
                return noGram("is not symmetric: " + formatNumber(h(i, j)) + " at " + placeText(i, j) + ", but " +
                              formatNumber(h(j, i)) + " at " + placeText(j, i));
            if (std::abs(one) > most + slack)
                return noGram("is not XᵀX: " + formatNumber(h(i, j)) + " at " + placeText(i, j) +
                              " is more than its diagonal allows, " + formatNumber(most));
            h(i, j) = h(j, i) = static_cast<float>((one + other) / 2);
        }
    return {};
}

Status checkFullRank(const Gram &gram, LinearAlgebra &algebra, int threads)
{
    const std::int64_t n = gram.inputs(), live = n - gram.deadInputs();
    const char *remedy = "give more samples of real data, or or rely on damping: --damping 0.01";
    if (gram.samples > 0 && gram.samples < live)
        return fail(ErrorKind::Input, "H",
                    "is singular: " + formatCount(gram.samples) + " samples for " + formatCount(live) + " inputs", remedy);
    Matrix<double> scaled(n, n);
    std::vector<double> roots = gram.squares();
    for (double &root : roots)
        root = std::sqrt(root);
    for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
            const double scale = roots[std::size_t(i)] * roots[std::size_t(j)];
            scaled(i, j) = scale > 0 ? double(gram.h(i, j)) / scale : 0;
        }
        scaled(i, i) = 1; // also if the input is dead
    }
    const Result<std::int64_t> dependent = algebra.dependentInputs(scaled, threads);
    if (!dependent)
        return fail(dependent.error());
    if (*dependent > 0)
        return fail(ErrorKind::Input, "H",
                    "is singular: " + formatCount(*dependent) + " of " + formatCount(n) +
                        " inputs are combinations of the others",
                    remedy);
    return {};
}

Matrix<double> damped(const Gram &gram, double damping)
{
    Matrix<double> h(gram.inputs(), gram.inputs());
    std::copy(gram.h.data(), gram.h.data() + gram.h.size(), h.data());
    const double added = damping * gram.meanSquare();
    for (std::int64_t i = 0; i < gram.inputs(); ++i)
        h(i, i) += added;
    return h;
}

} // namespace nms
