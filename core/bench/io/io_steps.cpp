// SPDX-License-Identifier: Apache-2.0
#include "core/bench/io/io_steps.h"

#include "core/base/child_process.h"
#include "core/bench/timing.h"
#include "core/io/disk/file_hash.h"
#include "core/jobs/solve_file.h"

#include <algorithm>
#include <filesystem>
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

bool isStoredAsSolved(DType dtype)
{
    return dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16;
}

WeightType typeOf(DType dtype)
{
    return dtype == DType::F16 ? WeightType::F16 : dtype == DType::BF16 ? WeightType::BF16 : WeightType::F32;
}

void removeFile(const std::string &file)
{
    std::error_code ignored;
    fs::remove(file, ignored);
}

} // namespace

void StopWatch::start()
{
    m_processor -= processorSeconds();
    m_wall -= secondsOf(Clock::Wall);
}

void StopWatch::stop()
{
    m_wall += secondsOf(Clock::Wall);
    m_processor += processorSeconds();
}

IoSteps::IoSteps(const IoSetup &setup, SolverBackend &backend, const std::stop_token &stop)
    : m_setup(setup), m_backend(backend), m_stop(stop)
{ }

Status IoSteps::open()
{
    auto opened = jobs::openTensors(m_setup.file, {}, m_setup.options.pattern.m, m_stop);
    if (!opened)
        return fail(opened.error());
    m_opened = std::make_unique<jobs::OpenedTensors>(std::move(*opened));
    for (const TensorInfo &tensor : m_opened->selection.taken)
        if (!isStoredAsSolved(tensor.dtype))
            return fail(ErrorKind::Unsupported, m_setup.file + ": " + tensor.path,
                        "is stored as " + std::string(nameOf(tensor.dtype)), "measure a file of f32, f16 or bf16 weights");
    return {};
}

std::int64_t IoSteps::weights() const
{
    std::int64_t sum = 0;
    for (const TensorInfo &tensor : m_opened->selection.taken)
        sum += tensor.elements();
    return sum;
}

std::int64_t IoSteps::bytes() const
{
    std::int64_t sum = 0;
    for (const TensorInfo &tensor : m_opened->selection.taken)
        sum += tensor.elements() * bytesOf(tensor.dtype);
    return sum;
}

std::int64_t IoSteps::fileBytes() const
{
    std::error_code ignored;
    return std::int64_t(fs::file_size(m_setup.file, ignored));
}

Status IoSteps::cat(StopWatch &watch) const
{
    return child({"sh", "-c", "exec cat -- \"$0\" > /dev/null", m_setup.file}, watch);
}

Status IoSteps::copy(StopWatch &watch) const
{
    const std::string target = outputOf("copy");
    Status copied = child({"cp", "--", m_setup.file, target}, watch);
    removeFile(target);
    return copied;
}

Status IoSteps::read(StopWatch &watch)
{
    watch.start();
    Status read = forEachPanel([](const WeightsView &) { return Status(); });
    watch.stop();
    return read;
}

Status IoSteps::checksum(StopWatch &watch) const
{
    watch.start();
    const auto identity = identityOf(m_setup.file, m_stop);
    watch.stop();
    return identity ? Status() : fail(identity.error());
}

Status IoSteps::solve(StopWatch &watch)
{
    const auto solver = m_backend.startWeights(m_setup.options);
    if (!solver)
        return fail(solver.error());
    return forEachPanel([&](const WeightsView &weights) {
        Progress progress;
        progress.stop = m_stop;
        watch.start();
        const auto solved = (*solver)->solve(weights, progress);
        watch.stop();
        return solved ? Status() : fail(solved.error());
    });
}

Status IoSteps::write(StopWatch &watch)
{
    const std::string target = outputOf("masks") + m_setup.extension;
    auto writer = MaskWriter::create(target, m_setup.file, m_setup.format);
    if (!writer)
        return fail(writer.error());
    const auto solver = m_backend.startWeights(m_setup.options);
    if (!solver)
        return fail(solver.error());
    for (const TensorInfo &tensor : m_opened->selection.taken)
        if (Status written = writeTensor(**writer, **solver, tensor, watch); !written)
            return written;
    watch.start();
    Status committed = (*writer)->commit();
    watch.stop();
    removeFile(target);
    return committed;
}

Status IoSteps::whole(StopWatch &watch) const
{
    const jobs::SolveFileSettings settings{.file = m_setup.file,
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

Status IoSteps::child(const std::vector<std::string> &words, StopWatch &watch) const
{
    watch.start();
    auto started = ChildProcess::start({.words = words});
    if (!started)
        return fail(errorOf(started.error(), words.front()));
    const auto ended = started->readAll({}, m_stop);
    watch.stop();
    return ended ? Status() : fail(errorOf(ended.error(), words.front()));
}

std::int64_t IoSteps::panelRows(const TensorInfo &tensor) const
{
    const std::int64_t m = m_setup.options.pattern.m;
    return std::min(tensor.matrixRows(), std::max(m, weightsAtOnce / tensor.cols() / m * m));
}

Status IoSteps::forEachPanel(const UsePanel &use)
{
    std::vector<std::byte> memory;
    for (const TensorInfo &tensor : m_opened->selection.taken) {
        const std::int64_t height = tensor.matrixRows(), most = panelRows(tensor);
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
                if (Status used = use(WeightsView(out.data(), typeOf(tensor.dtype), rows, tensor.cols())); !used)
                    return used;
            }
    }
    return {};
}

Status IoSteps::writeTensor(MaskWriter &writer, WeightsSolver &solver, const TensorInfo &tensor, StopWatch &watch)
{
    const std::int64_t height = tensor.matrixRows(), rows = panelRows(tensor);
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

} // namespace nms::bench
