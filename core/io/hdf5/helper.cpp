// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/helper.h"

#include "core/base/checked.h"
#include "core/io/hdf5/wire.h"
#include "core/io/weights_file.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <sstream>

namespace nms {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t slowestFilter = 10'000; // decoded bytes per millisecond
constexpr int librariesMissing = 127; // exit code of a program whose shared libraries were not found

const char *const notTheFile = "; the file is not at fault";
const char *const damagedRemedy = "the file is damaged or cut off; get it again";
const char *const reinstallRemedy = "build or install all of nmscope again, which it is a part of";

constexpr char separator = '\x1f'; // between what and remedy

/// Upper limit of a chunk's stored size: filters may make it slightly larger.
std::int64_t largestStored(std::int64_t chunkBytes)
{
    return 2 * chunkBytes + 1024;
}

/// Removes the first word from `line` and returns it.
std::string takeWord(std::string &line)
{
    const std::size_t end = std::min(line.find(' '), line.size());
    std::string word = line.substr(0, end);
    line.erase(0, std::min(end + 1, line.size()));
    return word;
}

} // namespace

std::string hdf5Helper::toLine(const Error &error)
{
    const std::string text = error.what + (error.remedy.empty() ? "" : separator + error.remedy);
    return std::string(wrong) + " " + std::to_string(int(error.kind)) + " " + Error{{}, {}, text, {}}.line();
}

Error hdf5Helper::fromLine(const std::string &line, const std::string &where)
{
    std::string what = line;
    const std::string kind = takeWord(what);
    std::string remedy;
    if (const std::size_t end = what.find(separator); end != std::string::npos) {
        remedy = what.substr(end + 1);
        what.resize(end);
    }
    for (const ErrorKind each : {ErrorKind::Io, ErrorKind::Unsupported, ErrorKind::Resource})
        if (kind == std::to_string(int(each)))
            return {each, where, what, remedy};
    return {ErrorKind::Input, where, what, remedy.empty() ? damagedRemedy : remedy};
}

struct Hdf5Helper::Request {
    std::string line;
    std::string where; // file and tensor
    const char *task = "data"; // which part of the file is read, for messages
    std::int64_t mostBytes = 0; // limit of the answer's size
    std::int64_t decodedBytes = 0; // that filters may have to produce
    std::int64_t readBytes = 0; // as ChildLimits::reads
};

static std::string &helperFolder()
{
    static std::string folder;
    return folder;
}

void setHelperFolder(const std::string &folder)
{
    helperFolder() = folder;
}

std::string Hdf5Helper::installedProgram()
{
    if (!helperFolder().empty())
        return helperFolder() + "/nms_hdf5_helper";
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    const std::filesystem::path folder = self.parent_path(); // if unknown: paths that do not exist
    const std::filesystem::path beside = folder / "nms_hdf5_helper",
                                installed = folder.parent_path() / "libexec/nmscope/nms_hdf5_helper",
                                above = folder.parent_path() / "nms_hdf5_helper";
    for (const std::filesystem::path &place : {beside, installed, above})
        if (std::filesystem::exists(place, error))
            return place.string();
    return (folder.filename() == "bin" ? installed : beside).string(); // where it should be, for the message
}

Error Hdf5Helper::errorOfEnd(const ChildEnd &end, const Request &request) const
{
    const std::string &where = request.where, its = std::string("its ") + request.task;
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
                "libhdf5 fails while reading " + its + " (exit code " + std::to_string(end.number) + ")", damagedRemedy};
    case ChildEnd::Kind::Killed:
        if (end.number == SIGKILL || end.number == SIGTERM)
            return {ErrorKind::Resource, where,
                    helper + "was killed while it read " + its + ", by another process or because memory ran out" +
                        notTheFile,
                    "close other programs and try again"};
        return {ErrorKind::Input, where, "libhdf5 crashes on " + its + " (signal " + std::to_string(end.number) + ")",
                damagedRemedy};
    case ChildEnd::Kind::BusyLimit:
        return {ErrorKind::Input, where, "libhdf5 does not finish reading " + its, damagedRemedy};
    case ChildEnd::Kind::TimeOut:
    case ChildEnd::Kind::Idle:
        return {ErrorKind::Io, where,
                "reading " + its + " made no progress for " + std::to_string(m_limits.idle.count() / 1000) + " s",
                "its drive or network does not answer: try again, or copy the file to another drive"};
    case ChildEnd::Kind::Stopped:
        return {ErrorKind::Cancelled, where, "cancelled", {}};
    case ChildEnd::Kind::LineTooLong:
        break;
    }
    return {ErrorKind::Internal, where, helper + end.text(), reinstallRemedy};
}

Status Hdf5Helper::start(const Request &request)
{
    if (m_window.descriptor() < 0)
        if (Status created = m_window.create(); !created)
            return fail(created.error().kind, request.where, created.error().line());
    std::vector<std::string> words = {m_program, m_file, std::to_string(m_input.offset()), std::to_string(m_input.size())};
    if (m_target >= 0)
        words = {m_program, hdf5Helper::writing, m_file};
    auto child = ChildProcess::start({.words = std::move(words),
                                      .memoryLimit = m_limits.memory,
                                      .sharedFile = m_window.descriptor(),
                                      .inputFile = m_target >= 0 ? m_target : m_input.descriptor()});
    if (!child)
        return fail(errorOfEnd(child.error(), request));
    m_child.emplace(*std::move(child));
    return {};
}

/// The error for an answer that is not valid; ends the helper process.
Error Hdf5Helper::invalidAnswer(const std::string &where)
{
    m_child.reset();
    return {ErrorKind::Input, where, "libhdf5's description of it is inconsistent", damagedRemedy};
}

Result<std::span<const std::byte>> Hdf5Helper::ask(const Request &request)
{
    if (!m_child)
        if (Status started = start(request); !started)
            return fail(started.error());
    m_child->writeLine(request.line); // if the process has ended, readLine() below reports how
    const ChildLimits limits = {.total = {},
                                .idle = m_limits.idle,
                                .busy = m_limits.busy + milliseconds(request.decodedBytes / slowestFilter),
                                .reads = request.readBytes};
    while (true) {
        auto line = m_child->readLine(limits, m_stop);
        if (!line) {
            m_child.reset();
            return fail(errorOfEnd(line.error(), request));
        }
        const std::string word = takeWord(*line);
        if (word == hdf5Helper::alive)
            continue;
        if (word == hdf5Helper::wrong)
            return fail(hdf5Helper::fromLine(*line, request.where));
        std::istringstream number(*line);
        std::int64_t bytes = -1;
        if (word != hdf5Helper::fine || !(number >> bytes) || bytes < 0 || bytes > request.mostBytes)
            return fail(invalidAnswer(request.where));
        auto answer = m_window.map(bytes);
        if (!answer && answer.error().kind == ErrorKind::Internal)
            return fail(invalidAnswer(request.where));
        if (!answer)
            return fail(answer.error().kind, request.where, answer.error().line());
        return *answer;
    }
}

Result<Hdf5Listing> Hdf5Helper::list()
{
    // Reading the same file several times over no longer counts as progress.
    const auto answer = ask({.line = hdf5Helper::list,
                             .where = m_file,
                             .task = "structure",
                             .mostBytes = hdf5Helper::largestListing,
                             .readBytes = checkedMultiply(m_fileBytes, 4).value_or(m_fileBytes) + (std::int64_t(16) << 20)});
    if (!answer)
        return fail(answer.error());
    auto listing = listingFromWire(*answer, m_fileBytes);
    if (!listing)
        return fail(invalidAnswer(m_file));
    return *std::move(listing);
}

Result<Attributes> Hdf5Helper::attributes(const TensorInfo &tensor, const Hdf5Record &record)
{
    const auto answer = ask({.line = std::string(hdf5Helper::attributes) + " " + record.openPath,
                             .where = where(tensor),
                             .task = "attributes",
                             .mostBytes = hdf5Helper::largestListing});
    if (!answer)
        return fail(answer.error());
    auto attributes = attributesFromWire(*answer);
    if (!attributes)
        return fail(invalidAnswer(where(tensor)));
    return *std::move(attributes);
}

Status Hdf5Helper::readRows(const TensorInfo &tensor, const Hdf5Record &record, std::int64_t row0, std::int64_t rows,
                            std::span<std::byte> out)
{
    const std::int64_t rowBytes = std::int64_t(out.size()) / rows;
    const std::int64_t height = record.chunk.empty() ? 1 : record.chunk.front();
    const std::int64_t fitting = std::max<std::int64_t>(1, hdf5Helper::usualWindow / rowBytes);
    for (std::int64_t row = row0, end = row0 + rows; row < end;) {
        // Whole rows of chunks if they fit, so that no chunk is decoded twice.
        std::int64_t next = std::min(end, row + fitting);
        if (next < end && next / height * height > row)
            next = next / height * height;
        const std::int64_t bands = (next - 1) / height - row / height + 1;
        const std::int64_t bytes = (next - row) * rowBytes;
        std::string line = hdf5Helper::readRows;
        for (const std::int64_t number :
             {row, next - row, bytes, std::int64_t(bytesOf(tensor.dtype)), record.chunkRowBytes, record.chunkBytes})
            line += " " + std::to_string(number);
        const auto answer =
            ask({.line = line + " " + record.openPath,
                 .where = where(tensor),
                 .mostBytes = bytes,
                 .decodedBytes = checkedMultiply(bands, record.chunkRowBytes).value_or(record.chunkRowBytes)});
        if (!answer)
            return fail(answer.error());
        if (std::int64_t(answer->size()) != bytes)
            return fail(invalidAnswer(where(tensor)));
        std::memcpy(out.data() + (row - row0) * rowBytes, answer->data(), answer->size());
        row = next;
    }
    return {};
}

Status Hdf5Helper::writeRows(const TensorInfo &tensor, const Hdf5Record &record, std::int64_t row0, std::int64_t rows,
                             std::span<const std::byte> stored)
{
    const std::int64_t rowBytes = std::int64_t(stored.size()) / rows;
    const std::int64_t height = record.chunk.empty() ? 1 : record.chunk.front();
    const std::int64_t fitting = std::max<std::int64_t>(1, hdf5Helper::usualWindow / rowBytes);
    const Request request = {.line = {}, .where = where(tensor)};
    for (std::int64_t row = row0, end = row0 + rows; row < end;) {
        const std::int64_t next = std::min(end, row + fitting);
        const std::int64_t bands = (next - 1) / height - row / height + 1;
        const std::int64_t bytes = (next - row) * rowBytes;
        std::string line = hdf5Helper::writeRows;
        for (const std::int64_t number :
             {row, next - row, bytes, std::int64_t(bytesOf(tensor.dtype)), record.chunkRowBytes, record.chunkBytes})
            line += " " + std::to_string(number);
        if (!m_child)
            if (Status started = start(request); !started)
                return started;
        auto window = m_window.grow(bytes);
        if (!window)
            return fail(window.error().kind, where(tensor), window.error().line());
        std::memcpy(window->data(), stored.data() + (row - row0) * rowBytes, std::size_t(bytes));
        // Chunks are decoded before they are changed, and encoded when libhdf5's cache needs their space for others.
        const std::int64_t coded = checkedMultiply(2 * bands, record.chunkRowBytes).value_or(record.chunkRowBytes);
        const auto answer = ask({.line = line + " " + record.openPath, .where = where(tensor), .decodedBytes = coded});
        if (!answer)
            return fail(answer.error());
        row = next;
    }
    return {};
}

Status Hdf5Helper::finishWriting()
{
    if (!m_child)
        return {};
    constexpr std::int64_t mostHeld = std::int64_t(1) << 30; // bytes of chunks in libhdf5's cache that are not encoded yet
    const auto answer = ask({.line = hdf5Helper::finishWriting, .where = m_file, .decodedBytes = mostHeld});
    m_child.reset();
    return answer ? Status() : fail(answer.error());
}

Result<std::vector<StoredChunk>> Hdf5Helper::readChunks(const TensorInfo &tensor, const Hdf5Record &record,
                                                        std::int64_t first, std::int64_t count)
{
    const std::int64_t largest = std::min(m_fileBytes, largestStored(record.chunkBytes));
    std::string line = hdf5Helper::readChunks;
    for (const std::int64_t number : {first, count, largest, std::int64_t(bytesOf(tensor.dtype))})
        line += " " + std::to_string(number);
    const auto answer = ask({.line = line + " " + record.openPath,
                             .where = where(tensor),
                             .mostBytes = hdf5Helper::usualWindow + largest + std::int64_t(sizeof(StoredChunkHead)),
                             .readBytes = INT64_MAX});
    if (!answer)
        return fail(answer.error());
    std::vector<StoredChunk> chunks;
    for (std::span<const std::byte> rest = *answer; !rest.empty();) {
        StoredChunkHead head = {};
        if (rest.size() < sizeof head)
            return fail(invalidAnswer(where(tensor)));
        std::memcpy(&head, rest.data(), sizeof head);
        rest = rest.subspan(sizeof head);
        if (head.bytes < 0 || head.bytes > largest || head.bytes > std::int64_t(rest.size()))
            return fail(invalidAnswer(where(tensor)));
        chunks.push_back({rest.first(std::size_t(head.bytes)), std::uint32_t(head.skippedFilters)});
        rest = rest.subspan(std::size_t(head.bytes));
    }
    if (chunks.empty() || std::int64_t(chunks.size()) > count)
        return fail(invalidAnswer(where(tensor)));
    return chunks;
}

} // namespace nms
