// SPDX-License-Identifier: Apache-2.0
#include "ui/models/mask_export.h"

#include "core/io/mask_writer.h"
#include "core/io/weights_file.h"

#include <QFile>

#include <algorithm>
#include <vector>

namespace nms {

static MaskFacts factsOf(const Solution &solution, const std::string &source)
{
    const SolutionTotals totals = solution.totals();
    MaskFacts facts;
    facts.pattern = solution.options.pattern;
    facts.method = nameOf(solution.options.method);
    if (isEntropic(solution.options.method)) {
        facts.tau = solution.options.tau;
        facts.tolerance = solution.options.tolerance;
    }
    facts.iterations = totals.mostIterations;
    if (solution.options.warmStart)
        facts.warmStart = nameOf(*solution.options.warmStart);
    facts.objective = totals.objective;
    facts.upperBound = totals.upperBound;
    facts.relativeGap = totals.relativeGap;
    facts.source = source;
    return facts;
}

/// Rows [row0, row0 + rows) of `mask`.
static Mask rowsOf(const Mask &mask, std::int64_t row0, std::int64_t rows)
{
    Mask part(rows, mask.cols());
    for (std::int64_t row = 0; row < rows; ++row)
        std::ranges::copy(mask.row64(row0 + row), part.row64(row).begin());
    return part;
}

Status writeMask(const LoadedTensor &tensor, const Solution &solution, const QString &fileName, MaskFormat format,
                 const std::stop_token &stop)
{
    const std::string input = QFile::encodeName(tensor.file).toStdString();
    const std::string target = QFile::encodeName(fileName).toStdString();
    Result<std::unique_ptr<MaskWriter>> writer = MaskWriter::create(target, input, format);
    if (!writer)
        return fail(writer.error());
    if (const Status fits = (*writer)->requireRoom({&tensor.info, 1}); !fits)
        return fits;
    std::unique_ptr<TensorSource> source;
    if (format == MaskFormat::Applied) {
        Result<std::unique_ptr<TensorSource>> opened = openWeights(input, stop);
        if (!opened)
            return fail(opened.error());
        source = std::move(*opened);
    }
    if (const Status status = (*writer)->beginTensor(tensor.info, solution.options.promise()); !status)
        return status;

    constexpr std::int64_t panelCells = std::int64_t(1) << 20;
    const std::int64_t rows = solution.mask.rows();
    const std::int64_t cols = solution.mask.cols();
    const std::int64_t panelRows = std::clamp<std::int64_t>(panelCells / std::max<std::int64_t>(cols, 1), 1, rows);
    std::vector<std::byte> raw;
    for (std::int64_t row0 = 0; row0 < rows; row0 += panelRows) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, target, "writing was cancelled");
        const std::int64_t count = std::min(panelRows, rows - row0);
        if (source) {
            raw.resize(std::size_t(count * cols * bytesOf(tensor.info.dtype)));
            if (const Status status = source->readRawRows(tensor.info, row0, count, raw); !status)
                return status;
        }
        if (const Status status = (*writer)->writeRows(row0, rowsOf(solution.mask, row0, count), raw); !status)
            return status;
    }
    if (const Status status = (*writer)->finishTensor(factsOf(solution, input)); !status)
        return status;
    return (*writer)->commit();
}

} // namespace nms
