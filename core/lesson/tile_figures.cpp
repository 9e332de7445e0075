// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/tile_figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

namespace nms::lesson {

namespace {

struct View {
    const TileProblem &tile;
    const TileHistory &history;
    const TileIterate &at;
};

using Scalar = double (*)(const View &);

double sumOf(const Matrix<double> &values)
{
    return std::accumulate(values.data(), values.data() + values.size(), 0.0);
}

double undecided(const View &view)
{
    int count = 0;
    for (int row = 0; row < view.tile.rows(); ++row)
        for (int col = 0; col < view.tile.cols(); ++col) {
            const double share = view.at.plan(row, col) / view.tile.limit(row, col);
            count += share > 0.01 && share < 0.99 ? 1 : 0;
        }
    return count;
}

double count(const View &view)
{
    return double(std::count_if(view.at.plan.data(), view.at.plan.data() + view.at.plan.size(),
                                [](double value) { return value > 0.5; }));
}

/// Σ A over the entries that the rounded plan keeps.
double rounded(const View &view)
{
    const Matrix<double> plan = roundedPlan(view.tile, view.at.plan);
    return std::inner_product(plan.data(), plan.data() + plan.size(), view.tile.scores.data(), 0.0);
}

const std::array<std::pair<std::string_view, Scalar>, 14> scalars{{
    {"objective",
     [](const View &view) {
         return view.at.objective;
     }},
    {"optimum",
     [](const View &view) {
         return view.history.optimum;
     }},
    {"gap",
     [](const View &view) {
         return view.history.gap(view.at);
     }},
    {"total",
     [](const View &view) {
         return sumOf(view.tile.scores);
     }},
    {"count", count},
    {"undecided", undecided},
    {"rounded", rounded},
    {"roundedGap",
     [](const View &view) {
         return (view.history.optimum - rounded(view)) / std::abs(view.history.optimum);
     }},
    {"residual",
     [](const View &view) {
         return view.at.residual();
     }},
    {"rowResidual",
     [](const View &view) {
         return view.at.rowResidual;
     }},
    {"columnResidual",
     [](const View &view) {
         return view.at.columnResidual;
     }},
    {"excess",
     [](const View &view) {
         return view.at.capExcess;
     }},
    {"iterations",
     [](const View &view) {
         return double(view.at.iteration);
     }},
    {"largest",
     [](const View &view) {
         return *std::max_element(view.at.plan.data(), view.at.plan.data() + view.at.plan.size());
     }},
}};

constexpr std::array<std::string_view, 22> forms{"objective",
                                                 "optimum",
                                                 "gap",
                                                 "bound",
                                                 "total",
                                                 "count",
                                                 "undecided",
                                                 "rounded",
                                                 "roundedGap",
                                                 "residual",
                                                 "rowResidual",
                                                 "columnResidual",
                                                 "excess",
                                                 "iterations",
                                                 "largest",
                                                 "plan(row, column)",
                                                 "score(row, column)",
                                                 "dual(row, column)",
                                                 "alpha(row)",
                                                 "beta(column)",
                                                 "rowSum(row)",
                                                 "columnSum(column)"};

Unexpected<Error> missing(std::string_view name)
{
    return fail(ErrorKind::Input, std::string(name), "is not known of this method", "choose another figure or method");
}

} // namespace

std::span<const std::string_view> tileFigureForms()
{
    return forms;
}

Result<double> tileFigure(const TileProblem &tile, const TileHistory &history, const TileIterate &iterate,
                          std::string_view name, const std::vector<double> &arguments)
{
    if (const auto found = std::ranges::find(scalars, name, &std::pair<std::string_view, Scalar>::first);
        found != scalars.end())
        return found->second({tile, history, iterate});
    if (name == "bound")
        return iterate.upperBound ? Result<double>(*iterate.upperBound) : missing(name);
    const bool isOfRow = name == "alpha" || name == "rowSum", isOfColumn = name == "beta" || name == "columnSum";
    if (arguments.size() != (isOfRow || isOfColumn ? 1U : 2U))
        return fail(ErrorKind::Input, std::string(name),
                    "needs " + std::string(isOfRow || isOfColumn ? "one argument" : "two arguments"),
                    "count rows and columns from 1");
    const double first = arguments.front(), last = arguments.back();
    const int rows = isOfColumn ? tile.cols() : tile.rows(), cols = isOfRow ? tile.rows() : tile.cols();
    if (!(first >= 1 && first <= rows && last >= 1 && last <= cols) || first != std::floor(first) ||
        last != std::floor(last))
        return fail(ErrorKind::Input, std::string(name), "is asked for outside the tile", "count rows and columns from 1");
    const int i = int(first) - 1, j = int(last) - 1;
    if (name == "plan")
        return iterate.plan(i, j);
    if (name == "score")
        return tile.scores(i, j);
    if (name == "dual")
        return iterate.capDual.empty() ? missing(name) : Result<double>(iterate.capDual(i, j));
    if (isOfRow && name == "alpha")
        return iterate.alpha.empty() ? missing(name) : Result<double>(iterate.alpha[std::size_t(i)]);
    if (isOfColumn && name == "beta")
        return iterate.beta.empty() ? missing(name) : Result<double>(iterate.beta[std::size_t(j)]);
    double sum = 0;
    for (int k = 0; k < (isOfRow ? tile.cols() : tile.rows()); ++k)
        sum += isOfRow ? iterate.plan(i, k) : iterate.plan(k, j);
    return sum;
}

} // namespace nms::lesson
