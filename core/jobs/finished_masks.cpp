// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/finished_masks.h"

#include "core/jobs/mask_output.h"
#include "core/jobs/totals_json.h"
#include "core/methods/score.h"

#include <fstream>

namespace nms::jobs {

namespace {

using Json = nlohmann::json;

Json jobOf(const TensorSource &weights, const SolveOptions &options, const std::string &score, const std::string &backend)
{
    const ScoreRule *rule = scoreRuleByName(score.empty() ? "abs" : score);
    return {{"weights", stateOf(weights.fileName())},
            {"score", rule != nullptr ? Json(rule->name) : stateOf(score)},
            {"pattern", options.pattern.text()},
            {"method", nameOf(options.method)},
            {"warm_start", options.warmStart ? Json(nameOf(*options.warmStart)) : Json()},
            {"tau", options.tau},
            {"iterations", options.iterations},
            {"tolerance", options.tolerance},
            {"paper_swaps", options.paperSwaps ? Json(*options.paperSwaps) : Json()},
            {"backend", backend.substr(0, backend.find(':'))}, // any of equal devices
            {"version", NMS_VERSION}};
}

Json toJson(const StreamedSolution &solution)
{
    const MaskSums &sums = solution.sums;
    return {{"totals", totalsToJson(solution.totals)},
            {"magnitude", sums.magnitude},
            {"kept_magnitude", sums.keptMagnitude},
            {"squared", sums.squared},
            {"squared_lost", sums.squaredLost},
            {"kept", sums.kept},
            {"elements", sums.elements},
            {"scores", solution.scores},
            {"kept_scores", solution.keptScores},
            {"short_lines", solution.shortLines},
            {"seconds", solution.seconds}};
}

/// Throws if a key is missing or has another type.
StreamedSolution fromJson(const Json &object)
{
    StreamedSolution solution;
    solution.totals = totalsFromJson(object.at("totals"));
    MaskSums &sums = solution.sums;
    object.at("magnitude").get_to(sums.magnitude);
    object.at("kept_magnitude").get_to(sums.keptMagnitude);
    object.at("squared").get_to(sums.squared);
    object.at("squared_lost").get_to(sums.squaredLost);
    object.at("kept").get_to(sums.kept);
    object.at("elements").get_to(sums.elements);
    object.at("scores").get_to(solution.scores);
    object.at("kept_scores").get_to(solution.keptScores);
    object.at("short_lines").get_to(solution.shortLines);
    object.at("seconds").get_to(solution.seconds);
    return solution;
}

} // namespace

Result<FinishedMasks> FinishedMasks::open(const std::string &out, const TensorSource &weights, const SolveOptions &options,
                                          const std::string &score, const std::string &backend)
{
    auto folder = PartsFolder::open(out, jobOf(weights, options, score, backend));
    if (!folder)
        return fail(folder.error());
    return FinishedMasks(std::move(*folder));
}

std::optional<StreamedSolution> FinishedMasks::find(const TensorInfo &tensor, const TensorPiece &piece) const
{
    const auto header = m_folder.find(tensor, maskByteCount(piece.rows, tensor.cols()), piece.row0);
    if (!header)
        return std::nullopt;
    try {
        StreamedSolution solution = fromJson(header->at("solution"));
        return solution.sums.elements == piece.rows * tensor.cols() ? std::optional(solution) : std::nullopt;
    } catch (const Json::exception &) {
        return std::nullopt;
    }
}

Status FinishedMasks::read(const TensorInfo &tensor, const TensorPiece &piece, const std::stop_token &stop,
                           const std::function<Status(std::int64_t row0, const Mask &rows)> &take)
{
    constexpr std::int64_t weightsAtOnce = std::int64_t(32) << 20; // 4 MiB
    const std::string file = m_folder.dataFileOf(tensor, piece.row0);
    std::ifstream in(file, std::ios::binary);
    const Status read =
        inBlocks(piece.rows, tensor.cols(), weightsAtOnce, stop, [&](std::int64_t first, std::int64_t rows) -> Status {
            Mask block(rows, tensor.cols());
            for (std::int64_t row = 0; row < rows; ++row) {
                const auto words = block.row64(row);
                in.read(reinterpret_cast<char *>(words.data()), std::streamsize(words.size_bytes()));
            }
            if (!in)
                return fail(ErrorKind::Io, file, "cannot be read", "remove the folder, and start again without it");
            return take(piece.row0 + first, block);
        });
    m_reused += bool(read);
    return read;
}

Status FinishedMasks::begin(const TensorInfo &tensor, const TensorPiece &piece)
{
    m_data.reset(); // of a piece that was not finished
    auto data = AtomicFile::create(m_folder.dataFileOf(tensor, piece.row0));
    if (!data)
        return fail(data.error());
    m_data.emplace(std::move(*data));
    return {};
}

Status FinishedMasks::append(const Mask &rows)
{
    return m_data->append(bytesOfMask(rows));
}

Status FinishedMasks::finish(const TensorInfo &tensor, const TensorPiece &piece, const StreamedSolution &solution)
{
    if (const Status committed = m_data->commit(); !committed)
        return committed;
    m_data.reset();
    return m_folder.finish(tensor, {{"solution", toJson(solution)}}, piece.row0);
}

} // namespace nms::jobs
