// SPDX-License-Identifier: Apache-2.0
#include "core/bench/io/io_bench.h"

#include "core/bench/io/io_steps.h"
#include "core/bench/timing.h"
#include "core/io/tensor_sink.h"
#include "core/simd/half.h"

#include <algorithm>
#include <random>
#include <span>
#include <sys/resource.h>

namespace nms::bench {

namespace {

std::int64_t residentBytes()
{
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    return std::int64_t(usage.ru_maxrss) * 1024;
}

} // namespace

Status writeGaussianWeights(const std::string &file, std::int64_t bytes, const std::stop_token &stop)
{
    constexpr std::int64_t cols = 4096, rowsAtOnce = 256, mostRows = 16384;
    const std::int64_t rows = std::max<std::int64_t>(1, bytes / (2 * cols * rowsAtOnce)) * rowsAtOnce;
    auto sink = TensorSink::create(file, {});
    if (!sink)
        return fail(sink.error());
    if (const Status room = (*sink)->requireRoom(rows * cols * 2); !room)
        return room;
    std::mt19937 random(1); // the same file every time
    std::normal_distribution<float> gaussian;
    std::vector<float> values(std::size_t(cols * rowsAtOnce));
    std::ranges::generate(values, [&] { return gaussian(random); });
    std::vector<std::uint16_t> halves(values.size());
    floatToHalf(values, halves);
    for (std::int64_t first = 0; first < rows; first += mostRows) {
        TensorInfo tensor;
        tensor.path = "layers." + std::to_string(first / mostRows) + ".weight";
        tensor.shape = {std::min(mostRows, rows - first), cols};
        tensor.dtype = DType::F16;
        if (const Status begun = (*sink)->begin(tensor, Storage::Plain); !begun)
            return begun;
        for (std::int64_t row = 0; row < tensor.shape[0]; row += rowsAtOnce) {
            if (stop.stop_requested())
                return fail(ErrorKind::Cancelled, file, "stopped");
            // The same values, moved by an odd number of columns: no two tiles of a column are equal.
            std::rotate(halves.begin(), halves.begin() + 1237, halves.end());
            if (const Status written = (*sink)->write(std::as_bytes(std::span(halves))); !written)
                return written;
        }
        if (const Status finished = (*sink)->finish({}); !finished)
            return finished;
    }
    return (*sink)->commit({});
}

Result<IoResult> runIoBench(const IoSetup &setup, SolverBackend &backend,
                            const std::function<void(const std::string &step, double share)> &onStep,
                            const std::stop_token &stop)
{
    IoSteps steps(setup, backend, stop);
    if (const Status opened = steps.open(); !opened)
        return fail(opened.error());
    IoResult result;
    result.setup = setup;
    result.machine = thisMachine();
    result.backend = backend.description();
    result.weights = steps.weights();
    result.fileBytes = steps.fileBytes();
    struct Kind {
        const char *name;
        const char *what;
        std::int64_t bytes;
        std::function<Status(StopWatch &)> run;
    };
    const std::int64_t written =
        setup.format == MaskFormat::Packed ? result.weights / 8 : result.weights; // before compression
    const std::vector<Kind> kinds{
        {"cat", "cat FILE > /dev/null", result.fileBytes,
         [&](StopWatch &watch) {
             return steps.cat(watch);
         }},
        {"copy", "cp FILE elsewhere", result.fileBytes,
         [&](StopWatch &watch) {
             return steps.copy(watch);
         }},
        {"read", "reading alone, on one thread", steps.bytes(),
         [&](StopWatch &watch) {
             return steps.read(watch);
         }},
        {"checksum", "XXH3 of the file", result.fileBytes,
         [&](StopWatch &watch) {
             return steps.checksum(watch);
         }},
        {"solve", "solving alone, from memory", steps.bytes(),
         [&](StopWatch &watch) {
             return steps.solve(watch);
         }},
        {"write", "counting and writing masks alone", written,
         [&](StopWatch &watch) {
             return steps.write(watch);
         }},
        {"whole", "nmscope solve", result.fileBytes,
         [&](StopWatch &watch) {
             return steps.whole(watch);
         }},
    };
    std::vector<std::vector<double>> wall(kinds.size()), processor(kinds.size());
    for (const Kind &kind : kinds)
        result.steps.push_back({kind.name, kind.what, kind.bytes, 0, 0, {}});
    const int rounds = setup.repetitions + 1; // the first one brings the file into the page cache and is not counted
    for (int round = 0; round < rounds; ++round)
        for (std::size_t k = 0; k < kinds.size(); ++k) {
            if (onStep)
                onStep(kinds[k].what,
                       double(std::size_t(round) * kinds.size() + k) / double(std::size_t(rounds) * kinds.size()));
            StopWatch watch;
            const Status done = kinds[k].run(watch);
            if (!done && done.error().kind == ErrorKind::Cancelled)
                return fail(done.error());
            if (!done)
                result.steps[k].failure = done.error().line();
            if (round == 0)
                continue;
            wall[k].push_back(watch.wall());
            processor[k].push_back(watch.processor());
        }
    for (std::size_t k = 0; k < kinds.size(); ++k) {
        result.steps[k].seconds = median(wall[k]);
        result.steps[k].processorSeconds = median(processor[k]);
    }
    result.mostResident = residentBytes();
    return result;
}

} // namespace nms::bench
