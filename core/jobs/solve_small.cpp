// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/solve_small.h"

#include "core/base/exceptions.h"
#include "core/solver/hand_over.h"

#include <algorithm>
#include <array>
#include <future>
#include <stop_token>
#include <system_error>
#include <utility>

namespace nms::jobs {

namespace {

constexpr std::int64_t alignment = 64; // bytes; of each tensor in the memory of its group
/// A group is this part of a panel: its memory is taken for one file only, and pinning it costs more than solving. It still
/// gives each of two queues two panels.
constexpr std::int64_t groupsPerPanel = 4;

std::int64_t bytesOfTensor(const TensorInfo &tensor)
{
    const std::int64_t bytes = tensor.elements() * bytesOf(solvedTypeOf(tensor));
    return (bytes + alignment - 1) / alignment * alignment;
}

/// The tensors of a group in memory, from reading to writing.
struct Member {
    TensorInfo tensor; // as it is solved
    WeightsView weights; // all matrices below one another
    std::vector<Mask> masks; // matrix by matrix, or of all together (rowsTogether)
    StreamedSolution solution;
};

class SmallTensors
{
public:
    SmallTensors(const SolveParts &parts, MaskWriter &writer, std::span<const TensorInfo> tensors, std::int64_t panelWeights,
                 JobProgress &counts, const std::function<void(const std::string &path)> &begin,
                 std::vector<SolvedTensor> &solved)
        : m_parts(parts), m_writer(writer), m_tensors(tensors), m_counts(counts), m_begin(begin), m_solved(solved)
    {
        std::int64_t weights = 0;
        for (std::size_t i = 0; i < tensors.size(); ++i) {
            weights += tensors[i].elements();
            if (i == 0 || weights > panelWeights / groupsPerPanel) {
                m_firsts.push_back(i);
                weights = tensors[i].elements();
            }
        }
    }

    Status run()
    {
        const std::size_t groups = m_firsts.size();
        if (const Status taken = takeMemory(); !taken)
            return taken;
        if (const Status read = readGroup(0); !read)
            return read;
        for (std::size_t group = 0; group < groups; ++group) {
            // If no further thread can be started, these steps run one after the other.
            std::stop_source abandoned;
            std::future<Status> solving = start(group, abandoned.get_token());
            if (group > 0)
                if (const Status written = writeGroup(group - 1); !written) {
                    abandoned.request_stop();
                    solving.wait();
                    return written;
                }
            const Status next = group + 1 < groups ? readGroup(group + 1) : Status();
            if (const Status solved = solving.get(); !solved)
                return solved;
            if (!next) // after an error of solving, as if one thread had done everything
                return next;
        }
        return writeGroup(groups - 1);
    }

private:
    std::span<const TensorInfo> tensorsOf(std::size_t group) const
    {
        const std::size_t end = group + 1 < m_firsts.size() ? m_firsts[group + 1] : m_tensors.size();
        return m_tensors.subspan(m_firsts[group], end - m_firsts[group]);
    }

    Status takeMemory()
    {
        std::int64_t most = 0;
        for (std::size_t group = 0; group < m_firsts.size(); ++group) {
            std::int64_t bytes = 0;
            for (const TensorInfo &tensor : tensorsOf(group))
                bytes += bytesOfTensor(tensor);
            most = std::max(most, bytes);
        }
        for (std::size_t k = 0; k < std::min(m_firsts.size(), m_memory.size()); ++k) {
            auto memory = m_parts.solver.takeMemory(most);
            if (!memory)
                return fail(memory.error());
            m_memory[k] = std::move(*memory);
        }
        return {};
    }

    Status readGroup(std::size_t group)
    {
        std::vector<Member> &members = m_members[group % 2];
        members.clear();
        std::byte *at = m_memory[group % 2].get();
        for (const TensorInfo &stored : tensorsOf(group)) {
            if (m_begin)
                m_begin(stored.path);
            auto tensor = fittedTensor(m_parts, stored, m_counts.stop());
            if (!tensor)
                return fail(tensor.error());
            const WeightsView weights(at, solvedTypeOf(*tensor), tensor->rows(), tensor->cols());
            const std::span<std::byte> bytes(at, std::size_t(weights.rows * weights.rowBytes()));
            const Status read =
                readWeights(m_parts.source, *tensor, 0, weights.rows, bytes, m_parts.options.threads, m_counts.stop());
            if (!read)
                return fail(errorIn(m_parts.source.fileName(), tensor->path, read.error()));
            at += bytesOfTensor(*tensor);
            members.push_back({std::move(*tensor), weights, {}, {}});
        }
        return {};
    }

    std::future<Status> start(std::size_t group, std::stop_token abandoned)
    {
        const auto work = [this, &members = m_members[group % 2], abandoned = std::move(abandoned),
                           ofGroup = m_counts.step()] {
            return solveGroup(members, abandoned, ofGroup);
        };
        try {
            return std::async(std::launch::async, work);
        } catch (const std::system_error &) {
            return std::async(std::launch::deferred, work);
        }
    }

    Status solveGroup(std::vector<Member> &members, const std::stop_token &abandoned, const Progress &ofGroup) const
    {
        std::stop_source stop; // requested by the user or by this class
        const auto forward = [&stop] {
            stop.request_stop();
        };
        const std::stop_callback byUser(ofGroup.stop, forward);
        const std::stop_callback byUs(abandoned, forward);
        std::vector<WeightsView> matrices;
        std::vector<std::size_t> memberOf;
        for (std::size_t k = 0; k < members.size(); ++k) {
            const WeightsView &all = members[k].weights;
            const std::int64_t height = rowsTogether(members[k].tensor, m_parts.options);
            for (std::int64_t row = 0; row < all.rows; row += height) {
                matrices.push_back(all.rowsFrom(row, height));
                memberOf.push_back(k);
            }
        }
        std::vector<Result<Solution>> solutions = m_parts.solver.solveAll(matrices, {stop.get_token(), ofGroup.report});
        for (std::size_t k = 0; k < matrices.size(); ++k) {
            Member &member = members[memberOf[k]];
            if (const Status kept = keep(matrices[k], solutions[k], member); !kept)
                return fail(errorIn(m_parts.source.fileName(), member.tensor.path, kept.error()));
        }
        return {};
    }

    /// Adds the solution of one matrix to its tensor.
    Status keep(const WeightsView &weights, Result<Solution> &solution, Member &member) const
    {
        if (!solution)
            return fail(solution.error());
        StreamedSolution one;
        one.totals.add(solution->tiles);
        one.sums = maskSums(weights, solution->mask, m_parts.options.threads);
        one.scores = one.sums.magnitude; // the scores are |W|
        one.keptScores = one.sums.keptMagnitude;
        one.shortLines = m_parts.options.paperSwaps ? shortLines(solution->mask, m_parts.options.pattern) : 0;
        one.seconds = solution->seconds;
        if (const Status checked = checkObjective(*solution, weights, one.sums); !checked)
            return checked;
        member.solution += one;
        member.masks.push_back(std::move(solution->mask));
        solution->tiles = {};
        return {};
    }

    Status writeGroup(std::size_t group)
    {
        for (Member &member : m_members[group % 2]) {
            if (const Status begun = m_writer.beginTensor(member.tensor, m_parts.options.promise()); !begun)
                return begun;
            std::int64_t row = 0;
            for (const Mask &mask : member.masks) {
                if (const Status written = writeMaskRows(m_writer, row, mask, m_counts.stop()); !written)
                    return written;
                row += mask.rows();
            }
            const std::int64_t tiles = member.solution.totals.tiles;
            auto finished = finishTensor(m_parts, m_writer, member.tensor, std::move(member.solution));
            if (!finished)
                return fail(finished.error());
            m_solved.push_back(std::move(*finished));
            m_counts.endStep(tiles);
        }
        m_members[group % 2].clear();
        return {};
    }

    const SolveParts &m_parts;
    MaskWriter &m_writer;
    const std::span<const TensorInfo> m_tensors;
    JobProgress &m_counts;
    const std::function<void(const std::string &path)> &m_begin;
    std::vector<SolvedTensor> &m_solved;
    std::vector<std::size_t> m_firsts; // index of each group's first tensor
    std::array<HostMemory, 2> m_memory; // of the groups in turn
    std::array<std::vector<Member>, 2> m_members;
};

} // namespace

bool isSolvedInGroup(const SolveParts &parts, const TensorInfo &tensor, std::int64_t panelWeights)
{
    constexpr std::int64_t tensorsPerPanel = 8; // a larger tensor keeps the devices busy by itself
    return parts.solver.gainsFromMany() && parts.finished == nullptr && parts.score.isMagnitude() &&
        tensor.elements() <= panelWeights / tensorsPerPanel && !traitsOf(parts.options.method).takesWholeMatrix &&
        piecesOf(tensor, parts.options, parts.pieceWeights).size() == 1;
}

Status solveSmallTensors(const SolveParts &parts, MaskWriter &writer, std::span<const TensorInfo> tensors,
                         std::int64_t panelWeights, JobProgress &counts,
                         const std::function<void(const std::string &path)> &begin, std::vector<SolvedTensor> &solved)
{
    return withMemoryErrors(parts.source.fileName(), "lower --memory-limit, or close other programs",
                            [&] { return SmallTensors(parts, writer, tensors, panelWeights, counts, begin, solved).run(); });
}

} // namespace nms::jobs
