// SPDX-License-Identifier: Apache-2.0
// Our side of the helper process, in which libhdf5 reads untrusted files: it never does so in this one. Private to core/io.
#pragma once

#include "core/base/child_process.h"
#include "core/io/attributes.h"
#include "core/io/disk/regular_file.h"
#include "core/io/hdf5/listing.h"
#include "core/io/hdf5/shared_window.h"

#include <chrono>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace nms {

/// A chunk as stored in the file; empty if it was never written.
struct StoredChunk {
    std::span<const std::byte> bytes;
    std::uint32_t skippedFilters = 0; // bit i: filter i was not applied
};

/// libhdf5 1.10 crashes on some damaged files, sometimes depending on the contents of the heap, and never returns from
/// others; filter plug-ins are code of third parties. So all of that runs in a separate process (core/io/hdf5/helper,
/// installed with the program). Each way in which it can end is an error of its own that says whether the file, the
/// machine or the installation is at fault. There is no limit on the size of a file: a helper that proceeds from object to
/// object, or keeps reading, may take its time. The process is started when it is first needed, and keeps the file open. One
/// thread.
class Hdf5Helper
{
public:
    struct Limits {
        std::chrono::milliseconds busy{4000}; // processor time without a sign of progress
        std::chrono::milliseconds idle{30000}; // time in which it neither computes nor reads
        std::int64_t memory = std::int64_t(8) << 30; // bytes of address space, enough for filters on chunks of 1 GiB
    };

    /// Path of the helper: in the folder of setHelperFolder(), or else in that of the running program (in a build folder),
    /// in ../libexec/nmscope (where it is installed), or in the folder above (in a Python package).
    static std::string installedProgram();

    /// `file`, which may be a window, must outlive this: the helper uses the same open file.
    Hdf5Helper(std::string program, const RegularFile &file, std::stop_token stop, const Limits &limits)
        : m_program(std::move(program)), m_input(file), m_file(file.path()), m_fileBytes(file.size()),
          m_stop(std::move(stop)), m_limits(limits)
    { }

    const std::string &program() const { return m_program; }

    /// Lists the whole structure. Everything in it is read, including attributes and the addresses of chunks: a file that
    /// crashes the library does so here. Cancelled soon after the stop, as in all functions below.
    Result<Hdf5Listing> list();

    Result<Attributes> attributes(const TensorInfo &tensor, const Hdf5Record &record);

    /// Rows in the file's element type, decoded by the helper.
    Status readRows(const TensorInfo &tensor, const Hdf5Record &record, std::int64_t row0, std::int64_t rows,
                    std::span<std::byte> out);

    /// Some of the chunks [first, first + count), at least the first one; they are numbered in row-major order. Valid until
    /// the next call.
    Result<std::vector<StoredChunk>> readChunks(const TensorInfo &tensor, const Hdf5Record &record, std::int64_t first,
                                                std::int64_t count);

    /// From now on the helper works on this open HDF5 file instead (called `name` in messages), for reading and writing;
    /// only the functions below may be called afterwards. The descriptor stays the caller's.
    void writeTo(int descriptor, const std::string &name)
    {
        m_target = descriptor;
        m_file = name;
    }

    /// Writes rows in the file's element type; the helper encodes them.
    Status writeRows(const TensorInfo &tensor, const Hdf5Record &record, std::int64_t row0, std::int64_t rows,
                     std::span<const std::byte> stored);

    /// Writes everything that is still in libhdf5's caches to the file, and ends the helper.
    Status finishWriting();

private:
    struct Request;
    Status start(const Request &request);
    Result<std::span<const std::byte>> ask(const Request &request);
    std::string where(const TensorInfo &tensor) const { return m_file + ": " + tensor.path; }
    Error errorOfEnd(const ChildEnd &end, const Request &request) const;
    Error invalidAnswer(const std::string &where);

    const std::string m_program;
    const RegularFile &m_input;
    std::string m_file;
    const std::int64_t m_fileBytes;
    const std::stop_token m_stop;
    const Limits m_limits;
    int m_target = -1;
    SharedWindow m_window; // for the helper's answers, and for rows to be written
    std::optional<ChildProcess> m_child;
};

/// The protocol. The program's arguments are the file's name (for messages), the first byte of the window and its size; the
/// open file is descriptor ChildProcess::inputDescriptor. Requests and answers are lines; larger data is in the shared
/// memory, which is descriptor ChildProcess::sharedDescriptor in the helper.
namespace hdf5Helper {
constexpr int outOfMemory = 3; // exit code
constexpr std::int64_t usualWindow = 64 << 20; // size of one answer, bytes, unless one row or chunk is larger
constexpr std::int64_t largestListing = std::int64_t(1) << 30; // bytes

// Requests
constexpr const char *list = "list";
constexpr const char *attributes = "attributes"; // … path
constexpr const char *readRows = "rows"; // … row0 rows bytes element-bytes chunk-row-bytes chunk-bytes path
constexpr const char *readChunks = "chunks"; // … first count chunk-bytes element-bytes path
constexpr const char *writeRows = "write"; // … row0 rows bytes element-bytes chunk-row-bytes chunk-bytes path
constexpr const char *finishWriting = "finish";

/// First argument for writing, before the file's name: requests are writeRows, with the rows in the shared memory, and
/// finishWriting; the file is descriptor ChildProcess::inputDescriptor.
constexpr const char *writing = "--write";

// Answers
constexpr const char *alive = "alive"; // a sign of progress; the actual answer follows
constexpr const char *fine = "fine"; // … bytes in the shared memory
constexpr const char *wrong = "wrong"; // … kind, what and remedy of an error

std::string toLine(const Error &error); // "wrong …"
Error fromLine(const std::string &line, const std::string &where); // without its first word
} // namespace hdf5Helper

} // namespace nms
