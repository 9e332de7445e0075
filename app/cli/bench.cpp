// SPDX-License-Identifier: Apache-2.0
// nmscope bench: every method and backend of this machine, and its peers, measured on the same tiles.
#include "app/assets/asset_files.h"
#include "app/backends/backends.h"
#include "app/cli/bench_io.h"
#include "app/cli/bench_plot.h"
#include "app/cli/bench_sizes.h"
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/output.h"
#include "app/cli/png_file.h"
#include "app/cli/progress_bar.h"
#include "core/bench/suite_json.h"
#include "core/bench/suite_tables.h"
#include "core/io/disk/atomic_file.h"
#include "core/io/weights_file.h"
#include "core/io/weights_format.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

using bench::BenchResult;
using bench::BenchSetup;

struct Arguments {
    std::vector<std::string> patterns{"2:4", "4:8", "8:16", "4:16", "16:32", "8:32"};
    std::vector<std::string> methods;
    std::vector<std::string> data{"gaussian", "heavy", "scaled", "sample"};
    std::string weights;
    std::string python = "python3";
    std::string plot;
    std::int64_t tiles = 0;
    double seconds = BenchSetup().seconds;
    int repetitions = BenchSetup().repetitions;
    double tau = SolveOptions().tau;
    int iterations = SolveOptions().iterations;
    std::vector<std::string> threads{"1"};
    bool curves = false;
    std::vector<std::string> sizes; // sides; --sizes was not given: empty
    bool io = false;
    std::string size = "1G"; // of the file that --io makes
    bool json = false;
};

Status misused(const std::string &option, const std::string &what, const std::string &remedy)
{
    return fail(ErrorKind::Usage, option, what, remedy);
}

Status takeMethods(const std::vector<std::string> &names, bool curves, BenchSetup &setup)
{
    if (names.empty() && curves) { // peers and the reference have no curve
        setup.methods.assign(offeredMethods().begin(), offeredMethods().end());
        std::erase_if(setup.methods, [](Method method) { return !isTransposable(method); });
        setup.lemon = setup.torch = false;
        return {};
    }
    if (names.empty()) {
        setup.methods.assign(offeredMethods().begin(), offeredMethods().end());
        setup.methods.push_back(referenceMethod());
        return {};
    }
    setup.lemon = setup.torch = false;
    for (const std::string &name : names) {
        if (name == "lemon")
            setup.lemon = true;
        else if (name == "torch")
            setup.torch = true;
        else if (const auto method = methodByName(name); !method)
            return misused("--methods", "there is not a method \"" + name + "\"",
                           "choose from " + listOfMethods() + ", reference, lemon, torch");
        else if (std::find(setup.methods.begin(), setup.methods.end(), *method) == setup.methods.end())
            setup.methods.push_back(*method);
    }
    return {};
}

Status takeData(const Arguments &arguments, BenchSetup &setup)
{
    for (const std::string &name : arguments.data) {
        const auto known = bench::distributions();
        const bool random = std::any_of(known.begin(), known.end(), [&](auto one) { return bench::nameOf(one) == name; });
        if (!random && name != "sample")
            return misused("--data", "there is no data \"" + name + "\"", "choose from gaussian, heavy, scaled, sample");
        if (std::find(setup.data.begin(), setup.data.end(), name) == setup.data.end())
            setup.data.push_back(name);
    }
    setup.weights = arguments.weights.empty() ? sampleWeightsFile() : arguments.weights;
    return {};
}

Status takeThreads(const std::vector<std::string> &texts, BenchSetup &setup)
{
    setup.threads.clear();
    for (const std::string &text : texts) {
        int threads = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
        if (error != std::errc() || end != text.data() + text.size() || threads < 1 || threads > 1024)
            return misused("--threads", "\"" + text + "\"", "give numbers from 1 to 1024, comma-separated");
        if (std::find(setup.threads.begin(), setup.threads.end(), threads) == setup.threads.end())
            setup.threads.push_back(threads);
    }
    return {};
}

Result<BenchSetup> setupOf(const Arguments &arguments)
{
    BenchSetup setup;
    for (const std::string &text : arguments.patterns) {
        const Result<NmPattern> pattern = parsePattern(text);
        if (!pattern)
            return fail(pattern.error());
        if (std::find(setup.patterns.begin(), setup.patterns.end(), *pattern) == setup.patterns.end())
            setup.patterns.push_back(*pattern);
    }
    Status taken = takeMethods(arguments.methods, arguments.curves, setup);
    if (taken)
        taken = takeData(arguments, setup);
    if (taken && (arguments.tiles < 0 || arguments.tiles > 1 << 22))
        taken = misused("--tiles", std::to_string(arguments.tiles), "give 1 to 4194304, or nothing");
    if (taken && (arguments.repetitions < 1 || arguments.repetitions > 1000))
        taken = misused("--repetitions", std::to_string(arguments.repetitions), "give 1 to 1000");
    if (taken && !(arguments.seconds > 0 && arguments.seconds <= 1e5))
        taken = misused("--seconds", formatNumber(arguments.seconds), "give a number above 0, 100000 at most");
    if (taken)
        taken = takeThreads(arguments.threads, setup);
    if (!taken)
        return fail(taken.error());
    setup.torch = setup.torch && arguments.python != "off";
    setup.python = arguments.python;
    setup.torchScript = torchScriptFile();
    setup.tiles = arguments.tiles;
    setup.seconds = arguments.seconds;
    setup.repetitions = arguments.repetitions;
    RunArguments run;
    run.tau = arguments.tau;
    run.iterations = arguments.iterations;
    const auto options = makeSolveOptions(run, setup.patterns.front(), watchedMethod());
    if (!options)
        return fail(options.error());
    setup.options = *options;
    if (arguments.curves)
        setup.curves = bench::CurveGrid::around(*options);
    return setup;
}

Result<BenchResult> run(const BenchSetup &setup, const std::stop_token &stop)
{
    bench::BenchResources means;
    means.noWeights = "the sample weights do not lie where nmscope was installed";
    for (BackendEntry &entry : availableBackends())
        means.backends.push_back(std::move(entry.backend));
    std::unique_ptr<TensorSource> weights;
    const bool wantsSample = std::find(setup.data.begin(), setup.data.end(), "sample") != setup.data.end();
    if (wantsSample && !setup.weights.empty()) {
        auto opened = openWeights(setup.weights, stop);
        if (!opened)
            return fail(opened.error());
        weights = std::move(*opened);
        means.weights = weights.get();
    }
    ProgressBar bar;
    means.onStep = [&](const std::string &step, double share) {
        bar.setLabel(step);
        bar.setShare(share);
    };
    return bench::runBench(setup, means, stop);
}

std::string textOf(const BenchResult &result)
{
    std::string text;
    for (const bench::Table &table : result.setup.curves ? bench::curveTablesOf(result) : bench::tablesOf(result)) {
        TextTable cells(table.head);
        for (const std::vector<std::string> &row : table.rows)
            cells.addRow(row);
        text += table.title + "\n" + cells.text() + "\n";
    }
    return text + bench::legendOf(result);
}

Result<ExitCode> runIo(const Arguments &arguments, const std::stop_token &stop)
{
    const auto setup = setupOf(arguments);
    if (!setup)
        return fail(setup.error());
    bench::IoSetup io;
    io.file = arguments.weights;
    io.options = setup->options;
    io.options.pattern = arguments.patterns == Arguments().patterns ? NmPattern{8, 16} : setup->patterns.front();
    io.options.method = arguments.methods.empty() ? provingMethod() : setup->methods.front();
    io.options.threads = arguments.threads == Arguments().threads ? 0 : setup->threads.front();
    io.repetitions = arguments.repetitions;
    return benchIo(std::move(io), arguments.size, arguments.json, stop);
}

Result<ExitCode> runSizes(const Arguments &arguments, const std::stop_token &stop)
{
    const auto setup = setupOf(arguments);
    if (!setup)
        return fail(setup.error());
    bench::SizeSetup sizes;
    sizes.options = setup->options;
    sizes.options.pattern = arguments.patterns == Arguments().patterns ? NmPattern{8, 16} : setup->patterns.front();
    sizes.options.method = arguments.methods.empty() ? provingMethod() : setup->methods.front();
    sizes.options.threads = arguments.threads == Arguments().threads ? 0 : setup->threads.front();
    sizes.repetitions = arguments.repetitions;
    sizes.seconds = arguments.seconds;
    return benchSizes(std::move(sizes), arguments.sizes, arguments.json, stop);
}

Result<ExitCode> runCommand(const Arguments &arguments, const std::stop_token &stop)
{
    const auto setup = setupOf(arguments);
    if (!setup)
        return fail(setup.error());
    std::optional<AtomicFile> picture; // created before the work, so that a missing folder is reported immediately
    BenchPlotter plotter;
    if (!arguments.plot.empty()) {
        auto found = benchPlotter();
        if (!found)
            return fail(found.error());
        plotter = std::move(*found);
        if (std::filesystem::path(arguments.plot).extension() != ".png")
            return fail(ErrorKind::Usage, arguments.plot, "pictures are written as PNG", "use a name ending in .png");
        auto created = AtomicFile::create(arguments.plot, setup->weights);
        if (!created)
            return fail(created.error());
        picture.emplace(std::move(*created));
    }

    const auto result = run(*setup, stop);
    if (!result)
        return fail(result.error());
    for (const bench::LeftOut &one : result->leftOut)
        printMessage("nmscope bench", "left out: " + one.what + ": " + one.reason);
    bool failed = false;
    for (const bench::Record &record : result->records)
        if (!record.done()) {
            failed = true;
            printMessage("nmscope bench",
                         "failed at " + record.pattern.text() + ", " + record.data + ": " + record.method + " on " +
                             record.backend + ": " + record.failure);
        }
    if (picture)
        if (const Status drawn = writePng(plotter(*result), *picture); !drawn)
            return fail(drawn.error());
    const Status printed = arguments.json ? printJson(bench::benchToJson(*result)) : printText(textOf(*result));
    if (!printed)
        return fail(printed.error());
    return failed ? ExitCode::Failed : ExitCode::Done;
}

} // namespace

void addBench(CLI::App &app, Action &chosen)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App *command = app.add_subcommand("bench", "Time every method and its peers side by side on the same tiles");
    addListOption(*command, "--patterns", arguments->patterns, "Keep N of every M, comma-separated")
        ->delimiter(',')
        ->type_name("N:M,…")
        ->default_str("2:4,4:8,8:16,4:16,16:32,8:32");
    addListOption(*command, "--methods", arguments->methods,
                  "Any of " + listOfMethods() + ", reference, lemon, torch; without it all that there are")
        ->delimiter(',')
        ->type_name("METHOD,…");
    addListOption(
        *command, "--data", arguments->data,
        "Scores: gaussian; heavy (Student t, 3 degrees of freedom); scaled (Gaussian with log-normal row and column "
        "scales); sample (real weights)")
        ->delimiter(',')
        ->type_name("NAME,…")
        ->default_str("gaussian,heavy,scaled,sample");
    command->add_option("--weights", arguments->weights, "Take \"sample\" from this file, " + readableEndings())
        ->type_name("FILE");
    command->add_option("--tiles", arguments->tiles, "Tiles of each set; as many as make 262144 weights unless given")
        ->type_name("K");
    addListOption(*command, "--threads", arguments->threads,
                  "Threads of every contender, comma-separated; a single thread is timed in CPU time, several in wall time")
        ->delimiter(',')
        ->type_name("K,…")
        ->default_str("1");
    command->add_option("--repetitions", arguments->repetitions, "Rounds; medians are reported")
        ->capture_default_str()
        ->type_name("R");
    command->add_option("--seconds", arguments->seconds, "Approximate total time limit; PyTorch takes its own time")
        ->capture_default_str()
        ->type_name("S");
    command->add_option("--tau", arguments->tau, "Sharpness of the entropic methods")->capture_default_str();
    command->add_option("--iterations", arguments->iterations, "Iterations of the entropic methods")->capture_default_str();
    command->add_option("--torch", arguments->python, "The Python whose PyTorch is measured, or off")
        ->capture_default_str()
        ->type_name("PYTHON");
    command->add_option("--plot", arguments->plot, "Draw time against gap, too")->type_name("OUT.png");
    command->add_flag(
        "--curves", arguments->curves,
        "Error against time: entropic methods with a tenth to ten times τ and a thirtieth to ten thirds of the "
        "iterations, by nmscope's rounding and the paper's, beside the other methods");
    CLI::Option *io = command->add_flag(
        "--io", arguments->io,
        "What reading, solving and writing a file take, beside cat and cp: --weights FILE, or one made for it; the first "
        "pattern (8:16) and method (exact), all threads unless --threads is given");
    addListOption(
        *command, "--sizes", arguments->sizes,
        "Whole matrices of these sides on every backend, and from which side on each is faster than the CPU; the first "
        "pattern (8:16) and method (exact), all threads unless --threads is given; \"all\" is 128 to 8192")
        ->delimiter(',')
        ->excludes(io)
        ->type_name("SIDE,…");
    command->add_option("--size", arguments->size, "Size of the file that --io makes, in TMPDIR")
        ->needs(io)
        ->capture_default_str()
        ->type_name("BYTES");
    command->add_flag("--json", arguments->json, "Print one JSON object");
    command->footer(
        "Example:\n  nmscope bench --patterns 8:16 --data gaussian,sample --plot bench.png\n"
        "Contenders take turns on the first tiles of the same set, as many as fit each one's share of the time. A gap is "
        "what a\n"
        "mask keeps less than the proven optimum of its tile; its certificate is what the method itself can prove.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            if (!arguments->sizes.empty())
                return runSizes(*arguments, stop);
            return arguments->io ? runIo(*arguments, stop) : runCommand(*arguments, stop);
        };
    });
}

} // namespace nms::cli
