// SPDX-License-Identifier: Apache-2.0
#include "core/bench/io_bench.h"

#include "core/base/child_process.h"
#include "core/bench/timing.h"
#include "core/io/disk/file_hash.h"
#include "core/io/mask_writer.h"
#include "core/io/tensor_sink.h"
#include "core/jobs/solve_file.h"
#include "core/jobs/tensor_selection.h"
#include "core/simd/half.h"
#include "core/tensor/row_panels.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <random>
#include <span>
#include <sys/resource.h>

namespace nms::bench {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t weightsAtOnce = std::int64_t(4) << 20;

double processorSeconds()
{
    double seconds = 0;
    for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage usage = {};
        getrusage(who, &usage);
        for (const timeval &time : {usage.ru_utime, usage.ru_stime})
            seconds += double(time.tv_sec) + 1e-6 * double(time.tv_usec);
    }
    return seconds;
}

/// Adds up wall and processor time of what runs between start() and stop().
class StopWatch
{
public:
    void start()
    {
        m_processor -= processorSeconds();
        m_wall -= secondsOf(Clock::Wall);
    }
    void stop()
    {
        m_wall += secondsOf(Clock::Wall);
        m_processor += processorSeconds();
    }
    double wall() const { return m_wall; }
    double processor() const { return m_processor; }

private:
    double m_wall = 0;
    double m_processor = 0;
};

bool isStoredAsSolved(DType dtype)
{
    return dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16;
}

WeightType typeOf(DType dtype)
{
    return dtype == DType::F16 ? WeightType::F16 : dtype == DType::BF16 ? WeightType::BF16 : WeightType::F32;
}

/// The steps on one file.
class IoSteps
{
public:
    IoSteps(const IoSetup &setup, SolverBackend &backend, const std::stop_token &stop)
        : m_setup(setup), m_backend(backend), m_stop(stop)
    { }

    Status open()
    {
        auto opened = jobs::openTensors(m_setup.file, {}, m_setup.options.pattern.m, m_stop);
        if (!opened)
            return fail(opened.error());
        m_opened = std::make_unique<jobs::OpenedTensors>(std::move(*opened));
        for (const TensorInfo &tensor : m_opened->selection.taken)
            if (!isStoredAsSolved(tensor.dtype))
                return fail(ErrorKind::Unsupported, m_setup.file + ": " + tensor.path,
                            "is stored as " + std::string(nameOf(tensor.dtype)),
                            "measure a file of f32, f16 or bf16 weights");
        return {};
    }

    std::int64_t weights() const
    {
        std::int64_t sum = 0;
        for (const TensorInfo &tensor : m_opened->selection.taken)
            sum += tensor.elements();
        return sum;
    }
    std::int64_t bytes() const
    {
        std::int64_t sum = 0;
        for (const TensorInfo &tensor : m_opened->selection.taken)
            sum += tensor.elements() * bytesOf(tensor.dtype);
        return sum;
    }
    std::int64_t fileBytes() const
    {
        std::error_code ignored;
        return std::int64_t(fs::file_size(m_setup.file, ignored));
    }

    Status cat(StopWatch &watch) const { return child({"sh", "-c", "exec cat -- \"$0\" > /dev/null", m_setup.file}, watch); }
    Status copy(StopWatch &watch) const
    {
        const std::string target = outputOf("copy");
        const Status copied = child({"cp", "--", m_setup.file, target}, watch);
        removeFile(target);
        return copied;
    }
    Status read(StopWatch &watch)
    {
        watch.start();
        const Status read = forEachPanelOf([](const TensorInfo &, const WeightsView &) { return Status(); });
        watch.stop();
        return read;
    }
    Status checksum(StopWatch &watch) const
    {
        watch.start();
        const auto identity = identityOf(m_setup.file, m_stop);
        watch.stop();
        return identity ? Status() : fail(identity.error());
    }
    Status solve(StopWatch &watch)
    {
        const auto solver = m_backend.startWeights(m_setup.options);
        if (!solver)
            return fail(solver.error());
        return forEachPanelOf([&](const TensorInfo &, const WeightsView &weights) {
            Progress progress;
            progress.stop = m_stop;
            watch.start();
            const auto solved = (*solver)->solve(weights, progress);
            watch.stop();
            return solved ? Status() : fail(solved.error());
        });
    }
    /// Writes the masks of the first panels again and again, so that none has to be kept.
    Status write(StopWatch &watch)
    {
        const std::string target = outputOf("masks") + m_setup.extension;
        auto writer = MaskWriter::create(target, m_setup.file, m_setup.format);
        if (!writer)
            return fail(writer.error());
        const auto solver = m_backend.startWeights(m_setup.options);
        if (!solver)
            return fail(solver.error());
        for (const TensorInfo &tensor : m_opened->selection.taken)
            if (const Status written = writeTensor(**writer, **solver, tensor, watch); !written)
                return written;
        watch.start();
        const Status committed = (*writer)->commit();
        watch.stop();
        removeFile(target);
        return committed;
    }
    Status whole(StopWatch &watch) const
    {
        jobs::SolveFileSettings settings{.file = m_setup.file,
                                         .out = outputOf("masks") + m_setup.extension,
                                         .options = m_setup.options,
                                         .format = m_setup.format,
                                         .memoryLimit = m_setup.memoryLimit};
        Progress progress;
        progress.stop = m_stop;
        watch.start();
        const auto solved = jobs::solveFile(settings, m_backend, progress);
        watch.stop();
        removeFile(settings.out);
        return solved ? Status() : fail(solved.error());
    }

private:
    std::string outputOf(const std::string &name) const { return m_setup.folder + "/nmscope-bench-" + name; }
    static void removeFile(const std::string &file)
    {
        std::error_code ignored;
        fs::remove(file, ignored);
    }
    Status child(const std::vector<std::string> &words, StopWatch &watch) const
    {
        watch.start();
        auto started = ChildProcess::start({.words = words});
        if (!started)
            return fail(errorOf(started.error(), words.front()));
        const auto ended = started->readAll({}, m_stop);
        watch.stop();
        return ended ? Status() : fail(errorOf(ended.error(), words.front()));
    }

    /// Reads all tensors, panel by panel into the same memory, on this thread.
    template <class Use> Status forEachPanelOf(const Use &use)
    {
        std::vector<std::byte> memory;
        for (const TensorInfo &tensor : m_opened->selection.taken) {
            const std::int64_t m = m_setup.options.pattern.m, height = tensor.matrixRows();
            const std::int64_t most = std::max(m, weightsAtOnce / tensor.cols() / m * m);
            for (std::int64_t first = 0; first < tensor.rows(); first += height)
                for (std::int64_t row = 0; row < height; row += most) {
                    const std::int64_t rows = std::min(most, height - row);
                    const auto size = std::size_t(rows * tensor.cols() * bytesOf(tensor.dtype));
                    memory.resize(std::max(memory.size(), size));
                    const std::span<std::byte> out = std::span(memory).first(size);
                    if (m_stop.stop_requested())
                        return fail(ErrorKind::Cancelled, "bench", "stopped");
                    if (Status read = m_opened->source->readMatrixRows(tensor, first + row, rows, out); !read)
                        return read;
                    if (Status used = use(tensor, WeightsView(out.data(), typeOf(tensor.dtype), rows, tensor.cols())); !used)
                        return used;
                }
        }
        return {};
    }

    Status writeTensor(MaskWriter &writer, WeightsSolver &solver, const TensorInfo &tensor, StopWatch &watch)
    {
        const std::int64_t m = m_setup.options.pattern.m, height = tensor.matrixRows();
        const std::int64_t rows = std::min(height, std::max(m, weightsAtOnce / tensor.cols() / m * m));
        std::vector<std::byte> memory(std::size_t(rows * tensor.cols() * bytesOf(tensor.dtype)));
        if (Status read = m_opened->source->readMatrixRows(tensor, 0, rows, memory); !read)
            return read;
        Progress progress;
        progress.stop = m_stop;
        const auto solved = solver.solve(WeightsView(memory.data(), typeOf(tensor.dtype), rows, tensor.cols()), progress);
        if (!solved)
            return fail(solved.error());
        watch.start();
        Status written = writer.beginTensor(tensor, m_setup.options.promise());
        for (std::int64_t row = 0; written && row < tensor.rows();) {
            const std::int64_t left = height - row % height;
            if (left >= rows) {
                written = writer.writeRows(row, solved->mask);
                row += rows;
                continue;
            }
            Mask part(left, tensor.cols()); // whole rows of tiles, except at the end of a matrix, where fewer may be kept
            for (std::int64_t k = 0; k < left; ++k)
                std::ranges::copy(solved->mask.row64(k), part.row64(k).begin());
            written = writer.writeRows(row, part);
            row += left;
        }
        if (written) {
            MaskFacts facts;
            facts.pattern = m_setup.options.pattern;
            facts.method = nameOf(m_setup.options.method);
            written = writer.finishTensor(facts);
        }
        watch.stop();
        return written;
    }

    const IoSetup &m_setup;
    SolverBackend &m_backend;
    const std::stop_token &m_stop;
    std::unique_ptr<jobs::OpenedTensors> m_opened;
};

std::int64_t residentBytes()
{
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    return std::int64_t(usage.ru_maxrss) * 1024;
}

} // namespace

const IoStep *IoResult::step(std::string_view name) const
{
    const auto found = std::ranges::find_if(steps, [&](const IoStep &one) { return one.name == name; });
    return found == steps.end() || !found->failure.empty() ? nullptr : &*found;
}

std::optional<double> IoResult::overSolving() const
{
    const IoStep *whole = step("whole"), *solving = step("solve");
    if (whole == nullptr || solving == nullptr || solving->processorSeconds <= 0)
        return std::nullopt;
    return whole->processorSeconds / solving->processorSeconds;
}

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
            std::ranges::rotate(halves, halves.begin() + 1237);
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
        {"checksum", "SHA-256 of the file", result.fileBytes,
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
