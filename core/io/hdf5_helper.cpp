// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5_helper.h"

#include "core/base/checked.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <sstream>

namespace nms {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t windowBytes = 64 << 20; // of rows passed at once, unless one row is more
constexpr std::int64_t slowestFilter = 10'000; // bytes in a millisecond, decoded
constexpr int librariesMissing = 127; // the exit code of a program that was found, but not what it is linked to

const char *const notTheFile = "; the file is not at fault";
const char *const damagedRemedy = "the file is damaged or cut off; get it again";
const char *const reinstallRemedy = "it is a part of nmscope: build or install all of it again";

/// The word in front; `line` keeps the rest.
std::string takeWord(std::string &line)
{
    const std::size_t end = std::min(line.find(' '), line.size());
    std::string word = line.substr(0, end);
    line.erase(0, std::min(end + 1, line.size()));
    return word;
}

} // namespace

std::string Hdf5Helper::installedProgram()
{
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    return (self.parent_path() / "nms_hdf5_helper").string(); // where nothing is known: one that is not found
}

/// `task`: "structure" or "data".
Error Hdf5Helper::errorOfEnd(const ChildEnd &end, const std::string &where, const char *task) const
{
    const std::string its = std::string("its ") + task;
    const std::string helper = "the helper process " + m_program + " ";
    switch (end.kind) {
    case ChildEnd::Kind::Missing:
        return {ErrorKind::Io, where, "is not read: " + helper + "is missing" + notTheFile, reinstallRemedy};
    case ChildEnd::Kind::NotStarted: {
        const bool shortOf = end.number == EAGAIN || end.number == ENOMEM || end.number == EMFILE || end.number == ENFILE;
        return {shortOf ? ErrorKind::Resource : ErrorKind::Io, where, "is not read: " + helper + end.text() + notTheFile,
                shortOf ? "processes, files or memory ran out: close other programs and try again"
                        : "check its permissions and those of its folder"};
    }
    case ChildEnd::Kind::Exited:
        if (end.number == librariesMissing)
            return {ErrorKind::Io, where, "is not read: " + helper + "does not find its libraries" + notTheFile,
                    "see what ldd says of it and install that"};
        if (end.number == hdf5Helper::outOfMemory)
            return {ErrorKind::Resource, where, "needs more memory than there is for " + its, damagedRemedy};
        return {ErrorKind::Input, where,
                "libhdf5 does not survive reading " + its + " (exit code " + std::to_string(end.number) + ")",
                damagedRemedy};
    case ChildEnd::Kind::Killed:
        if (end.number == SIGKILL || end.number == SIGTERM)
            return {ErrorKind::Resource, where,
                    helper + "was killed while it read " + its + ", by somebody or for want of memory" + notTheFile,
                    "close other programs and try again"};
        return {ErrorKind::Input, where, "libhdf5 crashes on " + its + " (signal " + std::to_string(end.number) + ")",
                damagedRemedy};
    case ChildEnd::Kind::Endless:
        return {ErrorKind::Input, where, "libhdf5 finds no end of " + its, damagedRemedy};
    case ChildEnd::Kind::TimeOut:
    case ChildEnd::Kind::Idle:
        return {ErrorKind::Io, where,
                "reading " + its + " stood still for " + std::to_string(m_limits.idle.count() / 1000) + " s",
                "its drive or network does not answer: try again, or copy the file to another drive"};
    case ChildEnd::Kind::Stopped:
        return {ErrorKind::Cancelled, where, "reading was cancelled", {}};
    case ChildEnd::Kind::Talkative:
        break;
    }
    return {ErrorKind::Internal, where, helper + end.text(), reinstallRemedy};
}

Status Hdf5Helper::start(const std::string &where, std::int64_t memory, const char *task)
{
    auto child =
        ChildProcess::start({.words = {m_program, m_file}, .memoryLimit = memory, .sharedFile = m_window.descriptor()});
    if (!child)
        return fail(errorOfEnd(child.error(), where, task));
    m_child.emplace(*std::move(child));
    return {};
}

Result<Hdf5Trial> Hdf5Helper::tryStructure(std::int64_t fileBytes)
{
    constexpr const char *task = "structure";
    if (Status started = start(m_file, m_limits.structureMemory, task); !started)
        return fail(started.error());
    m_child->writeLine(hdf5Helper::tryRequest);
    // A file that is read several times over is no progress any more.
    const ChildLimits limits = {.total = {},
                                .idle = m_limits.idle,
                                .busy = m_limits.busy,
                                .reads = checkedMultiply(fileBytes, 4).value_or(fileBytes) + (std::int64_t(16) << 20)};
    while (true) {
        auto line = m_child->readLine(limits, m_stop);
        if (!line) {
            m_child.reset();
            return fail(errorOfEnd(line.error(), m_file, task));
        }
        const std::string word = takeWord(*line);
        if (word == hdf5Helper::alive)
            continue;
        m_child.reset();
        if (word != hdf5Helper::fine)
            return fail(errorOfEnd({ChildEnd::Kind::Talkative, 0}, m_file, task));
        Hdf5Trial trial;
        std::istringstream numbers(*line);
        for (H5Z_filter_t filter = 0; numbers >> filter;)
            trial.missingFilters.push_back(filter);
        return trial;
    }
}

Status Hdf5Helper::readRows(const TensorInfo &tensor, const Hdf5Record &record, std::int64_t row0, std::int64_t rows,
                            std::span<std::byte> out)
{
    const std::string where = m_file + ": " + tensor.path;
    const std::int64_t rowBytes = std::int64_t(out.size()) / rows;
    const std::int64_t height = std::max<std::int64_t>(1, record.chunkRows);
    const std::int64_t fitting = std::max<std::int64_t>(1, windowBytes / rowBytes);
    for (std::int64_t row = row0, end = row0 + rows; row < end;) {
        // Whole rows of chunks where they fit, so that none is decoded twice.
        std::int64_t next = std::min(end, row + fitting);
        if (next < end && next / height * height > row)
            next = next / height * height;
        const std::int64_t bands = (next - 1) / height - row / height + 1;
        const std::int64_t decoded = checkedMultiply(bands, record.chunkRowBytes).value_or(record.chunkRowBytes);
        const std::int64_t bytes = (next - row) * rowBytes;
        std::string request = hdf5Helper::readRequest;
        for (const std::int64_t number :
             {row, next - row, bytes, std::int64_t(bytesOf(tensor.dtype)), record.chunkRowBytes, record.chunkBytes})
            request += " " + std::to_string(number);
        request += " " + record.openPath;
        const milliseconds busy = m_limits.busy + milliseconds(decoded / slowestFilter);
        if (Status read =
                readPanel(where, request, busy, out.subspan(std::size_t((row - row0) * rowBytes), std::size_t(bytes)));
            !read)
            return read;
        row = next;
    }
    return {};
}

Status Hdf5Helper::readPanel(const std::string &where, const std::string &request, milliseconds busy,
                             std::span<std::byte> out)
{
    constexpr const char *task = "data";
    auto window = m_window.grow(std::int64_t(out.size()));
    if (!window)
        return fail(window.error().kind, where, window.error().line());
    if (!m_child)
        if (Status started = start(where, m_limits.dataMemory, task); !started)
            return started;
    m_child->writeLine(request);
    auto line = m_child->readLine({.total = {}, .idle = m_limits.idle, .busy = busy, .reads = 0}, m_stop);
    if (!line) {
        m_child.reset();
        return fail(errorOfEnd(line.error(), where, task));
    }
    const std::string word = takeWord(*line);
    if (word == hdf5Helper::wrong)
        return fail(ErrorKind::Input, where, *line, damagedRemedy);
    if (word != hdf5Helper::fine) {
        m_child.reset();
        return fail(errorOfEnd({ChildEnd::Kind::Talkative, 0}, where, task));
    }
    std::memcpy(out.data(), window->data(), out.size());
    return {};
}

} // namespace nms
