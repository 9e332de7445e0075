// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/score_source.h"

#include "core/base/number_text.h"
#include "core/io/weights_file.h"

#include <cmath>
#include <filesystem>

namespace nms::jobs {

ScoreSource::ScoreSource() : m_name(scoreRules().front().name), m_rule(&scoreRules().front()) { }

Result<ScoreSource> ScoreSource::open(const std::string &name, const std::stop_token &stop)
{
    ScoreSource source;
    if (name.empty())
        return source;
    if (const ScoreRule *rule = scoreRuleByName(name)) {
        source.m_rule = rule;
        source.m_name = rule->name;
        return source;
    }
    std::string rules;
    for (const ScoreRule &rule : scoreRules())
        rules += std::string(rule.name) + ", ";
    std::error_code ignored;
    if (!std::filesystem::exists(name, ignored))
        return fail(ErrorKind::Usage, "score", "\"" + name + "\" is neither a rule nor a file",
                    "give " + rules + "or a file of scores with the tensors' own paths");
    Result<std::unique_ptr<TensorSource>> file = openWeights(name, stop);
    if (!file)
        return fail(file.error());
    return of(*std::move(file));
}

ScoreSource ScoreSource::of(std::shared_ptr<TensorSource> scores)
{
    ScoreSource source;
    source.m_rule = nullptr;
    source.m_name = std::filesystem::path(scores->fileName()).filename().string();
    source.m_file = std::move(scores);
    return source;
}

double ScoreSource::unit(const TensorInfo &tensor) const
{
    return m_rule == nullptr ? 1 : std::ldexp(1.0, tensor.exponent * m_rule->degree);
}

Status ScoreSource::check(const TensorInfo &tensor) const
{
    if (m_rule)
        return {};
    const Result<TensorInfo> scores = findTensor(*m_file, tensor.tensorPath());
    if (!scores)
        return fail(scores.error());
    const std::string where = m_file->fileName() + ": " + scores->path;
    if (!scores->unreadable.empty())
        return fail(ErrorKind::Input, where, scores->unreadable, "give scores that can be read");
    if (scores->shape != tensor.shape)
        return fail(ErrorKind::Input, where,
                    "is " + formatShape(scores->shape) + ", but its weights are " + formatShape(tensor.shape),
                    "give one score for each weight, at the same path");
    m_file->setAxes(scores->path, tensor.axes); // so that rows of the scores are rows of the weights
    return {};
}

ScoreRows ScoreSource::rowsOf(const TensorInfo &tensor, int threads) const
{
    if (m_rule)
        return scoreRowsOf(*m_rule, threads);
    return
        [file = m_file, path = tensor.path, threads](std::int64_t row0, const WeightsView &, Span2d<float> out) -> Status {
            const Result<TensorInfo> scores = findTensor(*file, path);
            if (!scores)
                return fail(scores.error());
            if (const Status read = file->readRows(*scores, row0, out); !read)
                return read;
            if (const Status checked = checkScores(out, row0, threads); !checked)
                return fail(errorIn(file->fileName(), path, checked.error()));
            return {};
        };
}

} // namespace nms::jobs
