// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/solve_file.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/io/mask_writer.h"
#include "core/jobs/finite_check.h"
#include "core/jobs/solve_tensor.h"
#include "core/solver/solve.h"
#include "core/sparsity/tile_grid.h"

#include <algorithm>
#include <future>
#include <optional>
#include <utility>

namespace nms::jobs {

namespace {

/// Bytes of the whole mask if the writer has to hold it, because it cannot be written as it arrives.
double heldByWriter(const TensorInfo &tensor, MaskFormat format)
{
    const bool whole = format == MaskFormat::Applied || (format == MaskFormat::Bytes && !tensor.stack().isFileOrder());
    return whole ? static_cast<double>(tensor.elements()) / 8 : 0;
}

/// Number of weights that a panel may have. Resource error if that is less than one row of tiles.
Result<std::int64_t> panelWeightsWithin(std::int64_t limit, const TensorSource &source, const TensorInfo &tensor,
                                        const SolveOptions &options, MaskFormat format, bool scored, WeightsSolver &solver)
{
    // Memory for a block of rows in transit: weights or 0/1 before and after compression; f64 and f8 as they are read.
    const double moved = isSolvedAsStored(tensor.dtype) ? 2.0 : 3.0 * bytesOf(tensor.dtype);
    const double bytesPerWeight = streamedBytesPerWeight(solver, options, solvedTypeOf(tensor), scored) + moved;
    // In floating point, as the shapes of an untrusted file may overflow integers.
    const double held = heldByWriter(tensor, format);
    const double fitting = (static_cast<double>(limit) - held) / bytesPerWeight;
    const double least = static_cast<double>(tensor.cols()) * options.pattern.m;
    if (fitting < least)
        return fail(ErrorKind::Resource, source.fileName() + ": " + tensor.path,
                    "one row of tiles takes " + formatBytes(held + least * bytesPerWeight) + ", more than the limit of " +
                        formatBytes(static_cast<double>(limit)),
                    "raise --memory-limit");
    // More weights than the solver needs make everything slower, also the reaction to a stop request. Unstructured ranks the
    // whole matrix at once.
    const bool whole = traitsOf(options.method).takesWholeMatrix;
    const double enough = std::max(static_cast<double>(solver.weightsAtOnce()), least);
    return static_cast<std::int64_t>(whole ? fitting : std::min(fitting, enough));
}

/// Panel sizes by tensor. Also checks that there are scores for each, before the first is solved.
Result<std::vector<std::int64_t>> panelsOf(const SolveFileSettings &settings, const OpenedTensors &opened,
                                           const ScoreSource &score, WeightsSolver &solver)
{
    std::vector<std::int64_t> panels;
    for (const TensorInfo &tensor : opened.selection.taken) {
        if (const Status found = score.check(tensor); !found)
            return fail(found.error());
        const auto weights = panelWeightsWithin(settings.memoryLimit, *opened.source, tensor, settings.options,
                                                settings.format, !score.isMagnitude(), solver);
        if (!weights)
            return fail(weights.error());
        panels.push_back(*weights);
    }
    return panels;
}

/// The checksum of the weights file, computed while solving.
class SourceIdentity
{
public:
    /// Computes nothing for an empty name.
    explicit SourceIdentity(const std::string &file)
    {
        if (file.empty())
            return;
        const auto work = [file, stop = m_stop.get_token()] {
            return identityOf(file, stop);
        };
        try {
            m_identity = std::async(std::launch::async, work);
        } catch (const std::system_error &) { // no thread available: compute it in get()
            m_identity = std::async(std::launch::deferred, work);
        }
    }
    SourceIdentity(const SourceIdentity &) = delete;
    SourceIdentity &operator=(const SourceIdentity &) = delete;
    ~SourceIdentity() { m_stop.request_stop(); } // the destructor of the future waits for its thread

    Result<FileIdentity> get(const std::stop_token &stop)
    {
        const std::stop_callback byUser(stop, [this] { m_stop.request_stop(); });
        return m_identity.valid() ? m_identity.get() : Result<FileIdentity>();
    }

private:
    std::stop_source m_stop;
    std::future<Result<FileIdentity>> m_identity;
};

/// Checks that disk space and names suffice.
Status requireRoom(const MaskWriter &writer, const std::vector<TensorInfo> &tensors, NmPattern pattern, const Events &events)
{
    if (const Status fits = writer.requireFit(tensors); !fits)
        return fits;
    if (const Status fits = writer.requireRoom(tensors); !fits)
        return fits;
    if (const auto doubt = writer.roomWarning(tensors, pattern); doubt && events.warning)
        events.warning(*doubt);
    return {};
}

std::int64_t tilesOf(const TensorInfo &tensor, NmPattern pattern)
{
    return tensor.matrices() * TileGrid{tensor.matrixRows(), tensor.cols(), pattern.m}.count();
}

/// Moves tensors with NaN or Inf to the skipped ones, and removes their panel sizes.
Status leaveOutInvalid(OpenedTensors &opened, std::vector<std::int64_t> &panels, NmPattern pattern, JobProgress &counts,
                       const Events &events)
{
    TensorSelection valid;
    std::vector<std::int64_t> validPanels;
    for (std::size_t i = 0; i < panels.size(); ++i) {
        const TensorInfo &tensor = opened.selection.taken[i];
        const std::int64_t tiles = tilesOf(tensor, pattern);
        if (events.tensor)
            events.tensor(tensor.path);
        Progress step = counts.step();
        if (step.report)
            step.report = [report = step.report, tiles](std::int64_t done, std::int64_t total) {
                report(static_cast<std::int64_t>(static_cast<double>(tiles) * static_cast<double>(done) /
                                                 static_cast<double>(total)),
                       tiles);
            };
        auto place = invalidPlaceOf(*opened.source, tensor, step);
        if (!place)
            return fail(place.error());
        if (*place) {
            opened.selection.skipped.push_back({tensor.path, std::move(**place)});
            counts.endStep(saturatingSum(tiles, tiles)); // counts for the second pass as well
        } else {
            valid.taken.push_back(tensor);
            validPanels.push_back(panels[i]);
            counts.endStep(tiles);
        }
    }
    if (valid.taken.empty())
        return fail(nothingFinite(opened.source->fileName(), opened.selection.skipped.back(), panels.size()));
    opened.selection.taken = std::move(valid.taken);
    panels = std::move(validPanels);
    return {};
}

Result<SolveFileReport> solveOpened(const SolveFileSettings &settings, SolverBackend &backend, OpenedTensors opened,
                                    const ScoreSource &score, const Progress &progress, const Events &events)
{
    const SolveOptions &options = settings.options;
    const auto solver = backend.startWeights(options);
    if (!solver)
        return fail(solver.error());
    auto panels = panelsOf(settings, opened, score, **solver);
    if (!panels)
        return fail(panels.error());
    const auto writer = settings.format == MaskFormat::Applied
        ? MaskWriter::createApplied(settings.out, {opened.source.get(), opened.selection.taken, settings.copyRest},
                                    progress.stop)
        : MaskWriter::create(settings.out, opened.source->fileName(), settings.format);
    if (!writer)
        return fail(writer.error());
    const std::vector<TensorInfo> &tensors = opened.selection.taken;
    // With skipInvalid this is checked after reading, as tensors that are left out need no disk space.
    if (!settings.tensors.skipInvalid)
        if (const Status room = requireRoom(**writer, tensors, options.pattern, events); !room)
            return fail(room.error());

    std::int64_t total = 0;
    for (const TensorInfo &tensor : tensors)
        for (int pass = settings.tensors.skipInvalid ? 2 : 1; pass > 0; --pass)
            total = saturatingSum(total, tilesOf(tensor, options.pattern));
    JobProgress counts(progress, total);
    if (settings.tensors.skipInvalid) {
        if (const Status left = leaveOutInvalid(opened, *panels, options.pattern, counts, events); !left)
            return fail(left.error());
        if (const Status room = requireRoom(**writer, tensors, options.pattern, events); !room)
            return fail(room.error());
    }
    SourceIdentity identity(settings.format == MaskFormat::Applied ? std::string() : opened.source->fileName());
    std::optional<FinishedMasks> finished;
    if (settings.resume) {
        auto folder = FinishedMasks::open(settings.out, *opened.source, options, settings.score, backend.id());
        if (!folder)
            return fail(folder.error());
        finished.emplace(std::move(*folder));
    }
    SolveFileReport report{settings.file, settings.out, options, backend.id(), {}, {}, score.name()};
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        if (events.tensor)
            events.tensor(tensors[i].path);
        auto solved = solveTensor({*opened.source, **solver, **writer, options, score, finished ? &*finished : nullptr},
                                  tensors[i], (*panels)[i], counts.step());
        if (!solved)
            return fail(solved.error());
        counts.endStep(tilesOf(tensors[i], options.pattern));
        report.tensors.push_back(std::move(*solved));
    }
    if (progress.stop.stop_requested())
        return fail(cancelled());
    const auto source = identity.get(progress.stop);
    if (!source)
        return fail(source.error());
    if (const Status committed = (*writer)->commit(*source); !committed)
        return fail(committed.error());
    if (finished) {
        report.resumed = finished->reused();
        finished->remove();
    }
    if (events.warning)
        for (const std::string &note : (*writer)->notes())
            events.warning(note);
    report.skipped = std::move(opened.selection.skipped);
    return report;
}

} // namespace

Result<SolveFileReport> solveFile(const SolveFileSettings &settings, SolverBackend &backend, const Progress &progress,
                                  const Events &events)
{
    return guarded([&]() -> Result<SolveFileReport> {
        if (const Status valid = settings.options.validate(); !valid)
            return fail(valid.error());
        auto opened = openTensors(settings.file, settings.tensors, settings.options.pattern.m, progress.stop);
        if (!opened)
            return fail(opened.error());
        const auto score = ScoreSource::open(settings.score, progress.stop);
        if (!score)
            return fail(score.error());
        return solveOpened(settings, backend, std::move(*opened), *score, progress, events);
    });
}

} // namespace nms::jobs
