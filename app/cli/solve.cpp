// SPDX-License-Identifier: Apache-2.0
// nmscope solve: weights in, masks (or masked weights) out, in bounded memory.
#include "core/solver/solve.h"

#include "app/cli/backend_choice.h"
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/mask_report.h"
#include "app/cli/output.h"
#include "app/cli/progress_bar.h"
#include "app/cli/row_panels.h"
#include "app/cli/tensor_selection.h"
#include "core/io/mask_writer.h"
#include "core/io/weights_file.h"
#include "core/sparsity/metrics.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
    std::string file;
    std::string out;
    std::string pattern;
    std::string method = "exact";
    std::vector<std::string> tensors;
    RunArguments run;
    std::string memoryLimit = "2G";
    bool apply = false;
    bool packed = false;
    bool json = false;
};

struct Solved {
    MaskReport report;
    SolutionTotals totals;
};

std::int64_t tilesOf(const TensorInfo &tensor, int m)
{
    return TileGrid{tensor.rows(), tensor.cols(), m}.count();
}

/// One run over all tensors of one file.
class SolveRun
{
public:
    SolveRun(TensorSource &source, SolverBackend &backend, MaskWriter &writer, const SolveOptions &options,
             std::stop_token stop)
        : m_source(source), m_backend(backend), m_writer(writer), m_options(options), m_stop(std::move(stop))
    { }

    void expectTiles(std::int64_t tiles) { m_tilesTotal += tiles; }
    Result<Solved> solve(const TensorInfo &tensor, std::int64_t panelBytes);

private:
    Status inBlocks(std::int64_t rows, std::int64_t cols,
                    const std::function<Status(std::int64_t, std::int64_t)> &move) const;
    Status readPanel(const TensorInfo &tensor, std::int64_t row0, Span2d<float> out);
    Status writePanel(const TensorInfo &tensor, std::int64_t row0, const Mask &mask);
    MaskFacts factsOf(const StreamedSolution &solution) const;

    TensorSource &m_source;
    SolverBackend &m_backend;
    MaskWriter &m_writer;
    const SolveOptions m_options;
    const std::stop_token m_stop;
    ProgressBar m_bar{"tiles"};
    std::int64_t m_tilesTotal = 0;
    std::int64_t m_tilesDone = 0; // of the tensors before
    bool m_holds = true; // every tile of this tensor so far keeps n of m both ways
    std::vector<std::byte> m_raw;
};

/// Calls move(row0, rows) for short blocks of the panel's rows, so that Ctrl-C does not wait for all of a large one.
Status SolveRun::inBlocks(std::int64_t rows, std::int64_t cols,
                          const std::function<Status(std::int64_t, std::int64_t)> &move) const
{
    const std::int64_t most = rowsPerBlock(cols);
    for (std::int64_t row0 = 0; row0 < rows; row0 += most) {
        if (m_stop.stop_requested())
            return fail(cancelled());
        if (Status moved = move(row0, std::min(most, rows - row0)); !moved)
            return moved;
    }
    return {};
}

Status SolveRun::readPanel(const TensorInfo &tensor, std::int64_t row0, Span2d<float> out)
{
    return inBlocks(out.rows, out.cols, [&](std::int64_t first, std::int64_t rows) -> Status {
        const Span2d<float> block = out.block(first, 0, rows, out.cols);
        if (Status read = m_source.readRows(tensor, row0 + first, block); !read)
            return read;
        return requireFinite(block, row0 + first, m_source, tensor);
    });
}

Status SolveRun::writePanel(const TensorInfo &tensor, std::int64_t row0, const Mask &mask)
{
    m_holds = m_holds && checkTransposable(mask, m_options.pattern, 0).transposable();
    return inBlocks(mask.rows(), mask.cols(), [&](std::int64_t first, std::int64_t rows) -> Status {
        Mask block(rows, mask.cols());
        for (std::int64_t row = 0; row < rows; ++row)
            std::ranges::copy(mask.row64(first + row), block.row64(row).begin());
        if (m_writer.format() != MaskFormat::Applied)
            return m_writer.writeRows(row0 + first, block);
        m_raw.resize(static_cast<std::size_t>(rows * mask.cols() * bytesOf(tensor.dtype)));
        if (Status read = m_source.readRawRows(tensor, row0 + first, rows, m_raw); !read)
            return read;
        return m_writer.writeRows(row0 + first, block, m_raw);
    });
}

MaskFacts SolveRun::factsOf(const StreamedSolution &solution) const
{
    const SolutionTotals totals = solution.totals();
    MaskFacts facts;
    facts.pattern = m_options.pattern;
    facts.method = nameOf(m_options.method);
    facts.tau = isEntropic(m_options.method) ? m_options.tau : 0;
    for (const TileResult &tile : solution.tiles)
        facts.iterations = std::max(facts.iterations, int(tile.iterations));
    facts.objective = totals.objective;
    facts.upperBound = totals.upperBound;
    facts.relativeGap = totals.relativeGap;
    facts.transposable = m_holds;
    facts.source = m_source.fileName();
    return facts;
}

Result<Solved> SolveRun::solve(const TensorInfo &tensor, std::int64_t panelBytes)
{
    m_bar.setLabel(tensor.path);
    m_holds = true;
    if (const Status begun = m_writer.beginTensor(tensor); !begun)
        return fail(begun.error());
    const Progress progress{m_stop, [this](std::int64_t done, std::int64_t) {
                                const std::int64_t all = m_tilesDone + done;
                                m_bar.setShare(static_cast<double>(all) / static_cast<double>(m_tilesTotal), all);
                            }};
    const Result<StreamedSolution> solution = solveStreamed(
        m_backend, tensor.rows(), tensor.cols(), m_options, panelBytes,
        [&](std::int64_t row0, Span2d<float> out) { return readPanel(tensor, row0, out); },
        [&](std::int64_t row0, const Mask &mask, Span2d<const float>) { return writePanel(tensor, row0, mask); }, progress);
    if (!solution)
        return fail(solution.error());
    if (const Status finished = m_writer.finishTensor(factsOf(*solution)); !finished)
        return fail(finished.error());
    m_tilesDone += solution->grid.count();

    Solved solved;
    solved.totals = solution->totals();
    MaskReport &report = solved.report;
    report.path = tensor.path;
    report.shape = tensor.shape;
    report.pattern = m_options.pattern;
    report.method = nameOf(m_options.method);
    report.tiles = solved.totals.tiles;
    report.seconds = solution->seconds;
    report.keptFraction = static_cast<double>(solution->kept) / static_cast<double>(tensor.elements());
    report.objective = solved.totals.objective;
    report.upperBound = solved.totals.upperBound;
    report.relativeGap = solved.totals.relativeGap;
    report.keptMagnitude = solution->magnitudeTotal > 0 ? solution->magnitudeKept / solution->magnitudeTotal : 1;
    report.relativeSquaredError = solution->squaredTotal > 0 ? solution->squaredLost / solution->squaredTotal : 0;
    return solved;
}

/// How many bytes of float32 a panel may hold: beside it lie its scores, its raw bytes and its mask, and the tiles' results
/// stay to the end. Resource error where that leaves less than one row of tiles.
Result<std::int64_t> panelBytesWithin(std::int64_t limit, const TensorSource &source, const TensorInfo &tensor,
                                      const SolveOptions &options)
{
    const int m = options.pattern.m;
    constexpr double copies = 4;
    // In floating point, as the shapes of a hostile file may overflow anything else.
    const double results = double(tensor.rows()) / m * double(tensor.cols()) / m * sizeof(TileResult);
    const double panelBytes = (static_cast<double>(limit) - results) / copies;
    const double least = static_cast<double>(tensor.cols()) * m * sizeof(float);
    if (panelBytes < least)
        return fail(ErrorKind::Resource, source.fileName() + ": " + tensor.path,
                    "one row of tiles and all results take " + formatBytes(least * copies + results) +
                        ", more than the limit of " + formatBytes(static_cast<double>(limit)),
                    "raise --memory-limit");
    // More than this makes nothing faster, and progress and Ctrl-C slower; unstructured ranks the whole matrix at once.
    constexpr double enough = 64 << 20;
    const bool whole = options.method == Method::Unstructured;
    return static_cast<std::int64_t>(whole ? panelBytes : std::min(panelBytes, std::max(enough, least)));
}

Status printJsonReport(const Arguments &arguments, const SolverBackend &backend, const std::vector<Solved> &solved,
                       const TensorSelection &selection)
{
    Json object{{"tensors", Json::array()}, {"skipped", cli::toJson(selection.skipped)},
                {"backend", backend.id()},  {"version", NMS_VERSION},
                {"source", arguments.file}, {"output", arguments.out}};
    for (const Solved &one : solved) {
        Json entry = toJson(one.report);
        entry["not_converged"] = one.totals.notConverged;
        entry["worst_residual"] = one.totals.worstResidual;
        entry["worst_gap"] = one.totals.worstGap;
        object["tensors"].push_back(std::move(entry));
    }
    return printJson(object);
}

Status printTextReport(const Arguments &arguments, const SolverBackend &backend, const std::vector<Solved> &solved,
                       const TensorSelection &selection)
{
    TextTable table({"tensor", "shape", "tiles", "objective", "certified gap", "kept |W|", "squared error", "time"});
    double seconds = 0;
    for (const Solved &one : solved) {
        const MaskReport &report = one.report;
        table.addRow({report.path, formatShape(report.shape), formatCount(report.tiles), formatNumber(*report.objective),
                      formatPercent(*report.relativeGap), formatPercent(*report.keptMagnitude),
                      formatPercent(*report.relativeSquaredError), formatSeconds(report.seconds)});
        seconds += report.seconds;
    }
    const MaskReport &first = solved.front().report;
    return printText(table.text() + toText(selection.skipped) + arguments.out + ": keep " + first.pattern.text() + " by " +
                     first.method + " on " + backend.description() + ", solved in " + formatSeconds(seconds) + "\n");
}

void warnWhereNotConverged(const std::vector<Solved> &solved)
{
    for (const Solved &one : solved)
        if (one.totals.notConverged > 0)
            printMessage("nmscope solve",
                         "warning: " + one.report.path + ": " + formatCount(one.totals.notConverged) + " of " +
                             formatCount(one.totals.tiles) + " tiles are not converged (worst residual " +
                             formatPercent(one.totals.worstResidual) +
                             "): the masks are feasible but may be far from optimal; raise --iterations or lower --tau");
}

Result<ExitCode> solve(const Arguments &arguments, const std::stop_token &stop)
{
    const auto pattern = parsePattern(arguments.pattern);
    const auto method = parseMethod(arguments.method);
    const auto limit = parseByteSize(arguments.memoryLimit);
    for (const Error *error :
         {pattern ? nullptr : &pattern.error(), method ? nullptr : &method.error(), limit ? nullptr : &limit.error()})
        if (error != nullptr)
            return fail(*error);
    const auto options = makeSolveOptions(arguments.run, *pattern, *method);
    if (!options)
        return fail(options.error());
    const auto source = openWeights(arguments.file);
    if (!source)
        return fail(source.error());
    const auto selection = selectTensors(**source, arguments.tensors, pattern->m);
    if (!selection)
        return fail(selection.error());
    std::vector<std::int64_t> panelBytes;
    for (const TensorInfo &tensor : selection->taken) {
        const auto bytes = panelBytesWithin(*limit, **source, tensor, *options);
        if (!bytes)
            return fail(bytes.error());
        panelBytes.push_back(*bytes);
    }
    const auto backend = chooseBackend(arguments.run.backend, *method, BackendUse::Batch);
    if (!backend)
        return fail(backend.error());
    const auto writer = MaskWriter::create(arguments.out, arguments.file,
                                           arguments.apply        ? MaskFormat::Applied
                                               : arguments.packed ? MaskFormat::Packed
                                                                  : MaskFormat::Bytes);
    if (!writer)
        return fail(writer.error());

    std::vector<Solved> solved;
    {
        SolveRun run(**source, **backend, **writer, *options, stop);
        for (const TensorInfo &tensor : selection->taken)
            run.expectTiles(tilesOf(tensor, pattern->m));
        for (std::size_t i = 0; i < selection->taken.size(); ++i) {
            Result<Solved> one = run.solve(selection->taken[i], panelBytes[i]);
            if (!one)
                return fail(one.error());
            solved.push_back(std::move(*one));
        }
    }
    if (stop.stop_requested())
        return fail(cancelled());
    if (const Status committed = (*writer)->commit(); !committed)
        return fail(committed.error());

    warnWhereNotConverged(solved);
    const Status printed = arguments.json ? printJsonReport(arguments, **backend, solved, *selection)
                                          : printTextReport(arguments, **backend, solved, *selection);
    if (!printed)
        return fail(printed.error());
    return ExitCode::Done;
}

} // namespace

void addSolve(CLI::App &app, Action &chosen)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App *command = app.add_subcommand("solve", "Find masks and write them");
    command->add_option("FILE", arguments->file, "Weights, .h5 or .safetensors")->required()->type_name("");
    command->add_option("-o,--output", arguments->out, "The masks, .h5 or .safetensors")->required()->type_name("OUT");
    command->add_option("--pattern", arguments->pattern, "Keep N of every M, 1 ≤ N ≤ M ≤ 64")->required()->type_name("N:M");
    command->add_option("--method", arguments->method, "One of " + listOfMethods())
        ->capture_default_str()
        ->type_name("NAME");
    addTensorOption(*command, arguments->tensors);
    addRunOptions(*command, arguments->run);
    addMemoryLimitOption(*command, arguments->memoryLimit);
    CLI::Option *apply =
        command->add_flag("--apply", arguments->apply, "Write the masked weights, in their own dtype, not masks");
    command->add_flag("--packed", arguments->packed, "Write one bit a weight, not one byte")->excludes(apply);
    command->add_flag("--json", arguments->json, "Print one JSON object");
    command->footer(
        "Example:\n  nmscope solve model.safetensors -o masks.h5 --pattern 8:16 --method dykstra\n"
        "Without --tensor all matrices and conv kernels with at least M rows and M columns are taken. Masks lie at\n"
        "TENSOR/mask. OUT is replaced as a whole when all is done, or not at all.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            return solve(*arguments, stop);
        };
    });
}

} // namespace nms::cli
