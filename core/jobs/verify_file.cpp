// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/verify_file.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/io/weights_file.h"
#include "core/sparsity/pattern_detection.h"
#include "core/tensor/row_panels.h"

#include <algorithm>
#include <array>
#include <memory>

namespace nms::jobs {

namespace {

/// Detects the patterns that hold in a mask that does not record its pattern, or in pruned weights.
Result<DetectedPatterns> detect(MaskFile &file, const MaskEntry &entry, const std::stop_token &stop)
{
    PatternDetector detector(entry.cols);
    const std::int64_t block = std::min(entry.matrixRows, rowsPerBlock(entry.cols));
    Matrix<float> values(block, entry.cols);
    for (std::int64_t row = 0; row < entry.rows;) {
        if (stop.stop_requested())
            return fail(cancelled());
        const std::int64_t rows = std::min(block, entry.matrixRows - row % entry.matrixRows);
        const Result<Mask> mask = file.readRows(entry, row, rows);
        if (!mask)
            return fail(mask.error());
        for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t c = 0; c < entry.cols; ++c)
                values(r, c) = mask->at(r, c) ? 1.0F : 0.0F;
        detector.addRows(values.span().block(0, 0, rows, entry.cols));
        row += rows;
        if (row % entry.matrixRows == 0)
            detector.nextMatrix();
    }
    return detector.finish();
}

/// What a mask is checked against; `lines` is set if the pattern was detected in the mask itself.
struct Demand {
    NmPattern pattern;
    std::optional<MaskPromise::Lines> lines;
};

/// The strongest pattern found: the smallest fraction of kept weights; of equal ones that which holds along both directions,
/// then along rows, and the smallest M.
std::optional<Demand> strongestOf(const DetectedPatterns &found)
{
    std::optional<Demand> strongest;
    const auto offer = [&](const std::vector<NmPattern> &patterns, MaskPromise::Lines lines) {
        for (const NmPattern &pattern : patterns)
            if (!strongest || pattern.keptFraction() < strongest->pattern.keptFraction())
                strongest = Demand{pattern, lines};
    };
    offer(found.transposable, MaskPromise::Lines::RowsAndColumns);
    offer(found.alongRows, MaskPromise::Lines::Rows);
    offer(found.alongColumns, MaskPromise::Lines::Columns);
    return strongest;
}

/// None if the entry is left out; the reason is then added to `skipped`. Input error if no pattern is given and none is
/// found.
Result<std::optional<Demand>> demandOf(const VerifySettings &settings, MaskFile &file, const MaskEntry &entry,
                                       const std::stop_token &stop, std::vector<SkippedEntry> &skipped)
{
    constexpr double dense = 0.01; // fraction of zeros that training can leave by itself
    const bool isGiven = settings.pattern || entry.pattern;
    std::optional<DetectedPatterns> found;
    if (entry.isPruned || !isGiven) {
        auto detected = detect(file, entry, stop);
        if (!detected)
            return fail(detected.error());
        found = std::move(*detected);
    }
    if (entry.isPruned && found->sparsity < dense) {
        skipped.push_back({entry.datasetPath, "is dense: " + formatPercent(found->sparsity) + " zeros"});
        return std::nullopt;
    }
    if (settings.pattern)
        return Demand{*settings.pattern, {}};
    if (entry.pattern)
        return Demand{*entry.pattern, {}};
    if (const auto strongest = strongestOf(*found))
        return *strongest;
    if (entry.isPruned) {
        skipped.push_back({entry.datasetPath, "has " + formatPercent(found->sparsity) + " zeros, but no N:M pattern holds"});
        return std::nullopt;
    }
    return fail(ErrorKind::Input, file.fileName() + ": " + entry.datasetPath,
                "the file does not say which pattern it keeps, and none holds", "set it with --pattern N:M");
}

/// Saturating: nothing in an untrusted file has been checked yet.
std::int64_t tilesOf(const MaskEntry &entry, NmPattern pattern)
{
    const auto tilesAlong = [&](std::int64_t side) {
        return side / pattern.m + (side % pattern.m > 0 ? 1 : 0);
    };
    const std::int64_t matrices = entry.matrixRows > 0 ? entry.rows / entry.matrixRows : 0;
    return saturatingProduct(std::array{matrices, tilesAlong(entry.matrixRows), tilesAlong(entry.cols)});
}

Result<VerifyReport> verifyAll(const VerifySettings &settings, const VerifyContext &context, const Progress &progress,
                               const Events &events)
{
    VerifyReport report{settings.masks, context.backend.id(), {}, {}};
    std::vector<Demand> demands;
    std::vector<MaskEntry> entries;
    std::int64_t total = 0;
    for (const MaskEntry &entry : context.masks.masks()) {
        const auto demand = demandOf(settings, context.masks, entry, progress.stop, report.skipped);
        if (!demand)
            return fail(demand.error());
        if (!*demand)
            continue;
        demands.push_back(**demand);
        entries.push_back(entry);
        total = saturatingSum(total, tilesOf(entry, (*demand)->pattern));
    }
    if (entries.empty())
        return fail(ErrorKind::Input, settings.masks,
                    "holds neither masks nor pruned weights (" + report.skipped.front().path + " " +
                        report.skipped.front().reason + (report.skipped.size() > 1 ? ", and so on)" : ")"),
                    "give what nmscope solve wrote, 0/1 tensors called …mask, or pruned weights");

    JobProgress counts(progress, total);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (events.tensor)
            events.tensor(entries[i].tensorPath);
        Result<MaskVerdict> verdict = verifyMask(context, entries[i], demands[i].pattern, counts.step(), demands[i].lines);
        if (!verdict)
            return fail(verdict.error());
        counts.endStep(verdict->report.tiles);
        report.verdicts.push_back(std::move(*verdict));
    }
    return report;
}

Result<VerifyReport> verify(const VerifySettings &settings, SolverBackend &backend, const Progress &progress,
                            const Events &events)
{
    std::unique_ptr<TensorSource> weights;
    if (!settings.weights.empty()) {
        Result<std::unique_ptr<TensorSource>> opened = openWeights(settings.weights, progress.stop);
        if (!opened)
            return fail(opened.error());
        weights = std::move(*opened);
    }
    const auto masks = MaskFile::open(settings.masks, progress.stop, {settings.axes, weights.get(), true});
    if (!masks)
        return fail(masks.error());
    std::optional<ScoreSource> score;
    if (!settings.score.empty()) {
        Result<ScoreSource> opened = ScoreSource::open(settings.score, progress.stop);
        if (!opened)
            return fail(opened.error());
        score = std::move(*opened);
    }
    return verifyAll(settings, {**masks, weights.get(), backend, score ? &*score : nullptr}, progress, events);
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

Result<VerifyReport> verifyMasks(const VerifyContext &context, const VerifySettings &settings, const Progress &progress)
{
    return guarded([&] { return verifyAll(settings, context, progress, {}); });
}

} // namespace nms::jobs
