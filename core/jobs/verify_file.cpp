// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/verify_file.h"

#include "core/base/checked.h"
#include "core/io/weights_file.h"

#include <algorithm>
#include <array>
#include <memory>

namespace nms::jobs {

namespace {

Result<NmPattern> patternOf(const VerifySettings &settings, const MaskFile &file, const MaskEntry &entry)
{
    if (settings.pattern)
        return *settings.pattern;
    if (entry.pattern)
        return *entry.pattern;
    return fail(ErrorKind::Input, file.fileName() + ": " + entry.datasetPath, "the file does not say which pattern it keeps",
                "say it with --pattern N:M");
}

/// Saturating: nothing of an untrusted file has been checked yet.
std::int64_t tilesOf(const MaskEntry &entry, NmPattern pattern)
{
    const auto tilesAlong = [&](std::int64_t side) {
        return side / pattern.m + (side % pattern.m > 0 ? 1 : 0);
    };
    return saturatingProduct(std::array{tilesAlong(entry.rows), tilesAlong(entry.cols)});
}

Result<VerifyReport> verify(const VerifySettings &settings, SolverBackend &backend, const Progress &progress,
                            const Events &events)
{
    const auto masks = MaskFile::open(settings.masks, progress.stop);
    if (!masks)
        return fail(masks.error());
    std::unique_ptr<TensorSource> weights;
    if (!settings.weights.empty()) {
        Result<std::unique_ptr<TensorSource>> opened = openWeights(settings.weights, progress.stop);
        if (!opened)
            return fail(opened.error());
        weights = std::move(*opened);
    }
    std::optional<ScoreSource> score;
    if (!settings.score.empty()) {
        Result<ScoreSource> opened = ScoreSource::open(settings.score, progress.stop);
        if (!opened)
            return fail(opened.error());
        score = std::move(*opened);
    }
    std::vector<NmPattern> patterns;
    std::int64_t total = 0;
    for (const MaskEntry &entry : (*masks)->masks()) {
        const auto pattern = patternOf(settings, **masks, entry);
        if (!pattern)
            return fail(pattern.error());
        patterns.push_back(*pattern);
        total = saturatingSum(total, tilesOf(entry, *pattern));
    }

    JobProgress counts(progress, total);
    VerifyReport report{settings.masks, backend.id(), {}};
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        const MaskEntry &entry = (*masks)->masks()[i];
        if (events.tensor)
            events.tensor(entry.tensorPath);
        Result<MaskVerdict> verdict =
            verifyMask({**masks, weights.get(), backend, score ? &*score : nullptr}, entry, patterns[i], counts.step());
        if (!verdict)
            return fail(verdict.error());
        counts.endStep(verdict->report.tiles);
        report.verdicts.push_back(std::move(*verdict));
    }
    return report;
}

} // namespace

bool VerifyReport::holds() const
{
    return std::all_of(verdicts.begin(), verdicts.end(), [](const MaskVerdict &verdict) { return verdict.holds(); });
}

Result<VerifyReport> verifyFile(const VerifySettings &settings, SolverBackend &backend, const Progress &progress,
                                const Events &events)
{
    return guarded([&] { return verify(settings, backend, progress, events); });
}

} // namespace nms::jobs
