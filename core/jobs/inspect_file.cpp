// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/inspect_file.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/io/weights_file.h"
#include "core/sparsity/line_counts.h"
#include "core/tensor/row_panels.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace nms::jobs {

namespace {

constexpr std::int64_t longestRow = std::int64_t(256) << 20;

/// Empty for a file without masks, or with contradictory ones (verify reports those).
std::vector<MaskEntry> masksOf(const std::string &file, const std::stop_token &stop)
{
    const auto masks = MaskFile::open(file, stop);
    return masks ? (*masks)->masks() : std::vector<MaskEntry>();
}

/// Saturating: shapes in an untrusted file may claim more entries than fit in 64 bits.
std::int64_t entriesToRead(const TensorInfo &tensor)
{
    return tensor.isMatrix() ? tensor.elements() : 0;
}

/// `rows` are of the stacked view; tells the detector where a matrix ends.
void addByMatrix(PatternDetector &detector, std::int64_t row0, Span2d<const float> rows, std::int64_t matrixRows)
{
    for (std::int64_t first = 0; first < rows.rows;) {
        const std::int64_t count = std::min(rows.rows - first, matrixRows - (row0 + first) % matrixRows);
        detector.addRows(rows.block(first, 0, count, rows.cols));
        first += count;
        if ((row0 + first) % matrixRows == 0)
            detector.nextMatrix();
    }
}

} // namespace

Result<TensorFacts> inspectTensor(TensorSource &source, const TensorInfo &tensor, const Progress &progress,
                                  std::int64_t panelCells)
{
    TensorFacts facts{.tensor = tensor};
    if (!tensor.isMatrix())
        return facts;
    // A row is the smallest unit that can be read; an absurdly long row is refused rather than allocated.
    if (tensor.cols() > longestRow)
        return fail(ErrorKind::Resource, source.fileName() + ": " + tensor.path,
                    "a row has " + formatCount(tensor.cols()) + " entries", "check how the file was written");
    PatternDetector detector(tensor.cols());
    DeadLineCounter dead(tensor.cols());
    const Status looked = forEachPanel(source, tensor, rowsPerBlock(tensor.cols(), panelCells), progress.stop,
                                       [&](std::int64_t row0, Span2d<const float> rows) -> Status {
                                           addByMatrix(detector, row0, rows, tensor.matrixRows());
                                           dead.addRows(rows);
                                           for (std::int64_t row = 0; row < rows.rows; ++row)
                                               for (const float value : rows.row(row))
                                                   facts.nonFinite += std::isfinite(value) ? 0 : 1;
                                           if (progress.report)
                                               progress.report((row0 + rows.rows) * tensor.cols(), tensor.elements());
                                           return {};
                                       });
    if (!looked)
        return fail(looked.error());
    facts.patterns = detector.finish();
    facts.deadRows = dead.deadRows();
    facts.deadColumns = dead.deadColumns();
    return facts;
}

Result<InspectReport> inspectFile(const InspectSettings &settings, const Progress &progress, const Events &events)
{
    return guarded([&]() -> Result<InspectReport> {
        const auto source = openWeights(settings.file, progress.stop, settings.axes);
        if (!source)
            return fail(source.error());
        const std::vector<MaskEntry> masks = masksOf(settings.file, progress.stop);
        std::int64_t total = 0;
        for (const TensorInfo &tensor : (*source)->tensors())
            total = saturatingSum(total, entriesToRead(tensor));
        const TensorNames names((*source)->tensors());
        JobProgress counts(progress, total);
        InspectReport report{settings.file, std::string((*source)->format()), {}, (*source)->skipped(), settings.hardware};
        for (const TensorInfo &tensor : (*source)->tensors()) {
            if (events.tensor)
                events.tensor(tensor.path);
            Result<TensorFacts> facts = inspectTensor(**source, tensor, counts.step());
            if (!facts)
                return fail(facts.error());
            const auto mask = std::find_if(masks.begin(), masks.end(),
                                           [&](const MaskEntry &entry) { return entry.datasetPath == tensor.path; });
            if (mask != masks.end())
                facts->mask = *mask;
            facts->role = roleOf(tensor, names);
            if (settings.hardware && facts->patterns)
                facts->hardware = hardwareOf(tensor, *facts->patterns);
            counts.endStep(entriesToRead(tensor));
            report.tensors.push_back(std::move(*facts));
        }
        return report;
    });
}

} // namespace nms::jobs
