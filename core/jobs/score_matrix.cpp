// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/score_matrix.h"

#include "core/jobs/layer_inputs.h"
#include "core/jobs/score_source.h"

#include <cmath>
#include <filesystem>

namespace nms::jobs {

namespace {

Result<Matrix<float>> wandaScores(const std::string &file, const TensorInfo &tensor, Span2d<const float> weights,
                                  LinearAlgebra &algebra, int threads, const Progress &progress)
{
    const Result<Gram> gram = readInputs(file, tensor, algebra, threads, progress);
    if (!gram)
        return fail(gram.error());
    std::vector<double> norms = gram->squares();
    for (double &norm : norms)
        norm = std::sqrt(norm);
    const bool turned = isInByOut(tensor);
    Matrix<float> scores(weights.rows, weights.cols);
    for (std::int64_t row = 0; row < weights.rows; ++row)
        for (std::int64_t col = 0; col < weights.cols; ++col)
            scores(row, col) = std::fabs(weights(row, col)) * static_cast<float>(norms[std::size_t(turned ? row : col)]);
    return scores;
}

} // namespace

std::string ScoreChoice::title() const
{
    if (kind == Kind::Wanda)
        return "|W|·|X|"; // the window's panels cannot show ‖
    if (kind == Kind::File)
        return std::filesystem::path(file).filename().string();
    const ScoreRule *known = scoreRuleByName(rule);
    return known != nullptr ? std::string(known->title) : rule;
}

Result<Matrix<float>> scoreMatrix(const ScoreChoice &choice, const TensorInfo &tensor, Span2d<const float> weights,
                                  LinearAlgebra &algebra, int threads, const Progress &progress)
{
    if (choice.kind == ScoreChoice::Kind::Wanda)
        return wandaScores(choice.file, tensor, weights, algebra, threads, progress);
    const Result<ScoreSource> source =
        ScoreSource::open(choice.kind == ScoreChoice::Kind::Rule ? choice.rule : choice.file, progress.stop);
    if (!source)
        return fail(source.error());
    if (const Status fits = source->check(tensor); !fits)
        return fail(fits.error());
    return scoresOf(WeightsView(weights), source->rowsOf(tensor, threads), threads);
}

} // namespace nms::jobs
