// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/export_mask.h"

#include "core/io/mask_writer.h"
#include "core/io/weights_file.h"
#include "core/jobs/mask_output.h"

#include <memory>

namespace nms::jobs {

static Status write(const ExportSettings &settings, const TensorInfo &tensor, const Solution &solution,
                    const Progress &progress)
{
    std::unique_ptr<TensorSource> source;
    if (settings.format == MaskFormat::Applied) {
        Result<std::unique_ptr<TensorSource>> opened = openWeights(settings.weights, progress.stop);
        if (!opened)
            return fail(opened.error());
        source = std::move(*opened);
    }
    const auto writer = settings.format == MaskFormat::Applied
        ? MaskWriter::createApplied(settings.out, {source.get(), {&tensor, 1}}, progress.stop)
        : MaskWriter::create(settings.out, settings.weights, settings.format);
    if (!writer)
        return fail(writer.error());
    if (Status fits = (*writer)->requireRoom({&tensor, 1}); !fits)
        return fits;
    if (Status begun = (*writer)->beginTensor(tensor, solution.options.promise()); !begun)
        return begun;
    constexpr std::int64_t cellsPerBlock = std::int64_t(1) << 20;
    const Mask &mask = solution.mask;
    JobProgress counts(progress, mask.rows());
    Status written = inBlocks(mask.rows(), mask.cols(), cellsPerBlock, progress.stop,
                              [&](std::int64_t first, std::int64_t rows) -> Status {
                                  if (Status block = writeRows(**writer, 0, mask, first, rows); !block)
                                      return block;
                                  counts.endStep(rows);
                                  return {};
                              });
    if (!written)
        return written;
    if (Status finished =
            (*writer)->finishTensor(factsOf(solution.options, solution.totals(), settings.weights, settings.score));
        !finished)
        return finished;
    if (settings.format == MaskFormat::Applied)
        return (*writer)->commit();
    const Result<FileIdentity> identity = identityOf(settings.weights, progress.stop);
    return identity ? (*writer)->commit(*identity) : fail(identity.error());
}

Status exportMask(const ExportSettings &settings, const TensorInfo &tensor, const Solution &solution,
                  const Progress &progress)
{
    return guarded([&] { return write(settings, tensor, solution, progress); });
}

} // namespace nms::jobs
