// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/solve_file.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/io/mask_writer.h"
#include "core/jobs/finite_check.h"
#include "core/jobs/solve_small.h"
#include "core/jobs/solve_tensor.h"
#include "core/jobs/tensor_pieces.h"
#include "core/solver/solve.h"
#include "core/sparsity/tile_grid.h"

#include <algorithm>
#include <future>
#include <optional>
#include <span>
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

/// One job, after its tensors have been selected.
class FileSolve
{
public:
    FileSolve(const SolveFileSettings &settings, SolverBackend &backend, OpenedTensors opened, const ScoreSource &score,
              const Events &events, RankGroup *ranks)
        : m_settings(settings), m_backend(backend), m_opened(std::move(opened)), m_score(score), m_events(events),
          m_ranks(ranks)
    { }

    Result<SolveFileReport> run(const Progress &progress)
    {
        if (const Status prepared = prepare(progress.stop); !prepared)
            return fail(prepared.error());
        JobProgress counts(progress, totalTiles());
        if (m_settings.tensors.skipInvalid) {
            if (const Status left = leaveOutInvalid(m_opened, m_panels, pattern(), counts, m_events); !left)
                return fail(left.error());
            if (const Status room = checkRoom(); !room)
                return fail(room.error());
        }
        SolveFileReport report{m_settings.file, m_settings.out, m_settings.options, m_backend.id(), {}, {}, m_score.name()};
        if (const Status begun = openFinished(progress.stop); !begun)
            return fail(begun.error());
        SourceIdentity identity(isWriter() && m_settings.format != MaskFormat::Applied ? m_opened.source->fileName()
                                                                                       : std::string());
        if (m_ranks != nullptr) {
            if (m_ranks->isFirst())
                report.resumed = finishedTensors();
            if (const Status shared = solveShare(counts); !shared)
                return fail(shared.error());
        }
        if (isWriter())
            if (const Status written = writeAll(counts, identity, report); !written)
                return fail(written.error());
        if (m_ranks != nullptr) // until the first has written everything, or failed
            if (const Status done = m_ranks->waitForAll(progress.stop); !done)
                return fail(done.error());
        report.skipped = std::move(m_opened.selection.skipped);
        return report;
    }

private:
    NmPattern pattern() const { return m_settings.options.pattern; }
    bool isWriter() const { return m_ranks == nullptr || m_ranks->isFirst(); }
    const std::vector<TensorInfo> &tensors() const { return m_opened.selection.taken; }
    std::vector<TensorPiece> pieces(const TensorInfo &tensor) const
    {
        return piecesOf(tensor, m_settings.options, m_settings.pieceWeights);
    }
    SolveParts parts()
    {
        return {*m_opened.source,       *m_solver, m_settings.options, m_score, m_finished ? &*m_finished : nullptr,
                m_settings.pieceWeights};
    }

    Status prepare(const std::stop_token &stop)
    {
        auto solver = m_backend.startWeights(m_settings.options);
        if (!solver)
            return fail(solver.error());
        m_solver = std::move(*solver);
        auto panels = panelsOf(m_settings, m_opened, m_score, *m_solver);
        if (!panels)
            return fail(panels.error());
        m_panels = std::move(*panels);
        if (!isWriter())
            return {};
        auto writer = m_settings.format == MaskFormat::Applied
            ? MaskWriter::createApplied(m_settings.out, {m_opened.source.get(), tensors(), m_settings.copyRest}, stop)
            : MaskWriter::create(m_settings.out, m_opened.source->fileName(), m_settings.format);
        if (!writer)
            return fail(writer.error());
        m_writer = std::move(*writer);
        // With skipInvalid this is checked after reading, as tensors that are left out need no disk space.
        return m_settings.tensors.skipInvalid ? Status() : checkRoom();
    }

    Status checkRoom() { return isWriter() ? requireRoom(*m_writer, tensors(), pattern(), m_events) : Status(); }

    /// Progress of this process: checking, its share, and writing.
    std::int64_t totalTiles() const
    {
        const int passes = (m_settings.tensors.skipInvalid ? 1 : 0) + (isWriter() ? 1 : 0);
        std::int64_t total = 0;
        for (const TensorInfo &tensor : tensors())
            for (int pass = passes; pass > 0; --pass)
                total = saturatingSum(total, tilesOf(tensor, pattern()));
        if (m_ranks != nullptr)
            for (const Share &share : shareOf())
                total = saturatingSum(total, share.tiles);
        return total;
    }

    Status openFinished(const std::stop_token &stop)
    {
        if (!m_settings.resume && m_ranks == nullptr)
            return {};
        if (m_ranks != nullptr && !isWriter()) // the first one makes the folder
            if (const Status made = m_ranks->waitForAll(stop); !made)
                return made;
        auto folder =
            FinishedMasks::open(m_settings.out, *m_opened.source, m_settings.options, m_settings.score, m_backend.id());
        if (!folder)
            return fail(folder.error());
        m_finished.emplace(std::move(*folder));
        return m_ranks != nullptr && isWriter() ? m_ranks->waitForAll(stop) : Status();
    }

    int finishedTensors() const
    {
        return int(std::ranges::count_if(tensors(), [&](const TensorInfo &tensor) {
            return std::ranges::all_of(
                pieces(tensor), [&](const TensorPiece &piece) { return m_finished->find(tensor, piece).has_value(); });
        }));
    }

    struct Share {
        std::size_t tensor;
        TensorPiece piece;
        std::int64_t tiles;
    };

    /// The pieces that this process solves.
    std::vector<Share> shareOf() const
    {
        std::vector<Share> all;
        std::vector<std::int64_t> costs;
        for (std::size_t i = 0; i < tensors().size(); ++i) {
            const TensorInfo &tensor = tensors()[i];
            for (const TensorPiece &piece : pieces(tensor)) {
                const std::int64_t weights = piece.rows * tensor.cols();
                all.push_back({i, piece, weights / (std::int64_t(pattern().m) * pattern().m)});
                costs.push_back(weights);
            }
        }
        const std::vector<int> owner = divided(costs, m_ranks->size());
        std::vector<Share> mine;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (owner[i] == m_ranks->rank())
                mine.push_back(all[i]);
        return mine;
    }

    Status solveShare(JobProgress &counts)
    {
        for (const Share &share : shareOf()) {
            const TensorInfo &tensor = tensors()[share.tensor];
            if (m_events.tensor)
                m_events.tensor(tensor.path);
            if (const Status saved = savePiece(parts(), tensor, share.piece, m_panels[share.tensor], counts.step()); !saved)
                return saved;
            counts.endStep(share.tiles);
        }
        if (m_events.tensor)
            m_events.tensor("waiting for the other processes");
        return m_ranks->waitForAll(counts.stop());
    }

    Status writeAll(JobProgress &counts, SourceIdentity &identity, SolveFileReport &report)
    {
        for (std::size_t i = 0; i < tensors().size(); ++i) {
            if (const std::size_t together = smallTensorsFrom(i); together > 1) {
                const auto group = std::span(tensors()).subspan(i, together);
                const std::int64_t weights =
                    *std::min_element(m_panels.begin() + std::ptrdiff_t(i), m_panels.begin() + std::ptrdiff_t(i + together));
                const Status solved =
                    solveSmallTensors(parts(), *m_writer, group, weights, counts, m_events.tensor, report.tensors);
                if (!solved)
                    return solved;
                i += together - 1;
                continue;
            }
            if (m_events.tensor)
                m_events.tensor(tensors()[i].path);
            const int before = m_finished ? m_finished->reused() : 0;
            auto solved = solveTensor(parts(), *m_writer, tensors()[i], m_panels[i], counts.step());
            if (!solved)
                return fail(solved.error());
            counts.endStep(tilesOf(tensors()[i], pattern()));
            report.tensors.push_back(std::move(*solved));
            if (m_finished && m_ranks == nullptr)
                report.resumed += m_finished->reused() - before == int(pieces(tensors()[i]).size());
        }
        if (counts.stop().stop_requested())
            return fail(cancelled());
        const auto source = identity.get(counts.stop());
        if (!source)
            return fail(source.error());
        if (const Status committed = m_writer->commit(*source); !committed)
            return committed;
        if (m_finished)
            m_finished->remove();
        if (m_events.warning)
            for (const std::string &note : m_writer->notes())
                m_events.warning(note);
        return {};
    }

    /// Number of tensors, from this one on, that are solved in groups.
    std::size_t smallTensorsFrom(std::size_t first)
    {
        std::size_t end = first;
        while (end < tensors().size() && isSolvedInGroup(parts(), tensors()[end], m_panels[end]))
            ++end;
        return end - first;
    }

    const SolveFileSettings &m_settings;
    SolverBackend &m_backend;
    OpenedTensors m_opened;
    const ScoreSource &m_score;
    const Events &m_events;
    RankGroup *m_ranks; // null: this process alone
    std::unique_ptr<WeightsSolver> m_solver;
    std::vector<std::int64_t> m_panels; // weights of a panel, by tensor
    std::unique_ptr<MaskWriter> m_writer; // of the process that writes
    std::optional<FinishedMasks> m_finished;
};

} // namespace

Result<SolveFileReport> solveFile(const SolveFileSettings &settings, SolverBackend &backend, const Progress &progress,
                                  const Events &events, RankGroup *ranks)
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
        if (ranks != nullptr && ranks->size() == 1)
            ranks = nullptr;
        return FileSolve(settings, backend, std::move(*opened), *score, events, ranks).run(progress);
    });
}

} // namespace nms::jobs
