// SPDX-License-Identifier: Apache-2.0
// Times the CUDA routines on one GPU: needs only the CUDA toolkit, a compiler and CMake.
#include "core/solver/tile_loop.h"
#include "gpu/cuda/bench/many_rows.h"
#include "gpu/cuda/bench/prune_rows.h"
#include "gpu/cuda/bench/solve_rows.h"
#include "gpu/cuda/bench/torch_peer.h"
#include "gpu/cuda/bench/transfer_rows.h"
#include "gpu/cuda/solve_launch.h"

#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

namespace nms::warp::bench {
namespace {

enum ExitCode { Fine = 0, Wrong = 1, Misused = 2, NoDevice = 3 };

constexpr const char *usage =
    "usage: nms_cuda_bench [--json] [--device K] [--side N] [--method NAME] [--pattern N:M] [--gib N] [--many N] [--prune "
    "N]\n"
    "                      [--torch PYTHON] [--host]\n"
    "Times every method, or one, on an N × N matrix (8192) that lies in the memory of GPU K (0), then from N GiB of fp16\n"
    "(4; 0: none) in the memory of the host to masks.\n"
    "  --many N        then N matrices of 1024 × 1024 (300; 0: none), a call for each against one call for all\n"
    "  --prune N       then prunes layers of 384 × 1536 and N × N by every framework (0, the default: none; not with "
    "--host)\n"
    "  --json          an object a line\n"
    "  --torch PYTHON  also times core/bench/torch_baseline.py by this Python on the same card (not in a gpu-only build)\n"
    "  --host          the same program on the CPU, lane by lane: shows that it works, not how fast a GPU is\n"
    "Exit codes: 0, 1 if a result was wrong or the card failed, 2 for a wrong call, 3 without a usable GPU.\n";

struct Arguments {
    bool json = false;
    bool host = false;
    int device = 0;
    std::int64_t side = 8192;
    double gibibytes = 4;
    int many = 300;
    Selection selection;
    std::int64_t prune = 0;
    std::string python;
};

template <class T> bool readNumber(std::string_view text, T least, T most, T &out)
{
    const auto [end, error] = std::from_chars(text.begin(), text.end(), out);
    return error == std::errc() && end == text.end() && out >= least && out <= most;
}

bool readPattern(std::string_view text, std::optional<NmPattern> &out)
{
    const Result<NmPattern> pattern = NmPattern::parse(text);
    if (pattern)
        out = *pattern;
    return pattern.has_value();
}

bool parse(int argc, char **argv, Arguments &out)
{
    for (int k = 1; k < argc; ++k) {
        const std::string_view name = argv[k];
        if (name == "--json") {
            out.json = true;
            continue;
        }
        if (name == "--host") {
            out.host = true;
            continue;
        }
        if (k + 1 == argc)
            return false;
        const std::string_view value = argv[++k];
        bool known = false;
        if (name == "--device")
            known = readNumber(value, 0, 1023, out.device);
        else if (name == "--side")
            known = readNumber<std::int64_t>(value, 32, 65536, out.side);
        else if (name == "--gib")
            known = readNumber(value, 0.0, 1024.0, out.gibibytes);
        else if (name == "--many")
            known = readNumber(value, 0, 100000, out.many);
        else if (name == "--method")
            known = (out.selection.method = methodByName(value)).has_value();
        else if (name == "--pattern")
            known = readPattern(value, out.selection.pattern);
        else if (name == "--prune")
            known = readNumber<std::int64_t>(value, 0, 32768, out.prune);
        else if (name == "--torch")
            known = !(out.python = value).empty();
        if (!known)
            return false;
    }
    return true;
}

ExitCode complain(const Error &error, ExitCode code)
{
    std::fprintf(stderr, "nms_cuda_bench: %s\n", error.line().c_str());
    return code;
}

/// True if all results were correct.
Result<bool> bench(Machine &machine, const Arguments &arguments)
{
    const Matrix<float> weights = gaussianWeights(arguments.side, arguments.side);
    const Peer peer = [&, python = arguments.python](NmPattern pattern) mutable -> Result<std::optional<double>> {
        if (python.empty())
            return std::optional<double>();
        const Result<double> seconds = torchSeconds(python, machine.torchDevice, weights, pattern);
        if (!seconds && seconds.error().kind == ErrorKind::Unsupported) {
            std::fprintf(stderr, "nms_cuda_bench: left out: %s\n", seconds.error().line().c_str());
            python.clear();
            return std::optional<double>();
        }
        if (!seconds)
            return fail(seconds.error());
        return std::optional(*seconds);
    };
    const Report report(arguments.json);
    report.begin(machine, arguments.side);
    const Result<bool> solves = benchSolves(machine, weights, arguments.selection, peer, report);
    if (!solves)
        return fail(solves.error());
    const Result<bool> transfers = benchTransfers(machine, std::int64_t(arguments.gibibytes * double(1 << 30)), report);
    if (!transfers)
        return fail(transfers.error());
    const Result<bool> many = benchMany(machine, arguments.many, report);
    if (!many)
        return fail(many.error());
    if (arguments.prune == 0 || arguments.host)
        return *solves && *transfers && *many;
    const Result<bool> prunes = benchPruning(machine, arguments.device, arguments.prune, report);
    if (!prunes)
        return fail(prunes.error());
    return *solves && *transfers && *many && *prunes;
}

ExitCode run(const Arguments &arguments)
{
    Result<Machine> machine = arguments.host ? makeHostMachine() : makeCudaMachine(arguments.device);
    if (!machine)
        return complain(machine.error(), machine.error().kind == ErrorKind::Device ? NoDevice : Wrong);
    const Result<bool> right = withMemoryErrors(machine->name, smallerPanels, [&] { return bench(*machine, arguments); });
    if (!right)
        return complain(right.error(), Wrong);
    return *right ? Fine : Wrong;
}

} // namespace
} // namespace nms::warp::bench

int main(int argc, char **argv)
{
    using namespace nms::warp::bench;
    if (argc == 2 && std::string_view(argv[1]) == "--help") {
        std::fputs(usage, stdout);
        return Fine;
    }
    Arguments arguments;
    if (!parse(argc, argv, arguments)) {
        std::fputs(usage, stderr);
        return Misused;
    }
    return run(arguments);
}
