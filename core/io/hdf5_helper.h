// SPDX-License-Identifier: Apache-2.0
// The process in which libhdf5 reads untrusted files: in this one it never does. Private to core/io.
#pragma once

#include "core/base/child_process.h"
#include "core/io/attributes.h"
#include "core/io/hdf5_listing.h"
#include "core/io/regular_file.h"
#include "core/io/shared_window.h"

#include <chrono>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace nms {

/// A chunk as it lies in the file; empty where it was never written.
struct StoredChunk {
    std::span<const std::byte> bytes;
    std::uint32_t skippedFilters = 0; // bit i: filter i was not applied
};

/// libhdf5 1.10 crashes on some damaged files, sometimes only where memory happens to hold the wrong bytes, and never comes
/// back from others; and filters are code of anybody. So all of that happens in a process of its own (core/io/helper, beside
/// the program that runs), which may end as it likes: each end is an error of its own that tells whether the file, the
/// machine or the installation is at fault. There is no limit on the size of a file: a helper that goes on from object to
/// object, or reads on, may take its time. The process is started when it is first needed, and stays with the file open. One
/// thread.
class Hdf5Helper
{
public:
    struct Limits {
        std::chrono::milliseconds busy{4000}; // processor time without a sign of progress
        std::chrono::milliseconds idle{30000}; // time in which it neither computes nor reads
        std::int64_t memory = std::int64_t(8) << 30; // bytes of address space: chunks of 1 GiB have filters, too
    };

    /// Beside the program that runs, or in the folder of setHelperFolder().
    static std::string installedProgram();

    /// `file`, which may be a window, has to stay: over there it is the same open file.
    Hdf5Helper(std::string program, const RegularFile &file, std::stop_token stop, const Limits &limits)
        : m_program(std::move(program)), m_input(file), m_file(file.path()), m_fileBytes(file.size()),
          m_stop(std::move(stop)), m_limits(limits)
    { }

    const std::string &program() const { return m_program; }

    /// All of the structure. Everything in it is looked at, attributes and the places of chunks, too: what crashes the
    /// library shows here. Cancelled soon after the stop, as in all that follow.
    Result<Hdf5Listing> list();

    Result<Attributes> attributes(const TensorInfo &tensor, const Hdf5Record &record);

    /// Rows as stored, decoded over there.
    Status readRows(const TensorInfo &tensor, const Hdf5Record &record, std::int64_t row0, std::int64_t rows,
                    std::span<std::byte> out);

    /// Some of the chunks [first, first + count), at least one; they are numbered row by row of chunks. Good until the next
    /// call.
    Result<std::vector<StoredChunk>> readChunks(const TensorInfo &tensor, const Hdf5Record &record, std::int64_t first,
                                                std::int64_t count);

    /// From now on the helper works on this open HDF5 file instead (called `name`), for reading and writing, and is asked
    /// for nothing but what follows. Stays the caller's.
    void writeTo(int descriptor, const std::string &name)
    {
        m_target = descriptor;
        m_file = name;
    }

    /// Rows as stored, encoded over there.
    Status writeRows(const TensorInfo &tensor, const Hdf5Record &record, std::int64_t row0, std::int64_t rows,
                     std::span<const std::byte> stored);

    /// Has all that was written brought into the file, and ends the helper.
    Status finishWriting();

private:
    struct Request;
    Status start(const Request &request);
    Result<std::span<const std::byte>> ask(const Request &request);
    std::string where(const TensorInfo &tensor) const { return m_file + ": " + tensor.path; }
    Error errorOfEnd(const ChildEnd &end, const Request &request) const;
    Error nonsense(const std::string &where);

    const std::string m_program;
    const RegularFile &m_input;
    std::string m_file;
    const std::int64_t m_fileBytes;
    const std::stop_token m_stop;
    const Limits m_limits;
    int m_target = -1;
    SharedWindow m_window; // where it leaves its answers
    std::optional<ChildProcess> m_child;
};

/// What both sides agree on. The program is given the file's name (for messages), the first byte of the window and its size;
/// the file itself, opened, is descriptor ChildProcess::inputDescriptor. Requests and answers are lines; what is more than a
/// line lies in the window, which is descriptor ChildProcess::sharedDescriptor over there.
namespace hdf5Helper {
constexpr int outOfMemory = 3; // exit code
constexpr std::int64_t usualWindow = 64 << 20; // bytes that one answer takes unless one row or chunk is more
constexpr std::int64_t largestListing = std::int64_t(1) << 30; // bytes

// Requests
constexpr const char *list = "list";
constexpr const char *attributes = "attributes"; // … path
constexpr const char *readRows = "rows"; // … row0 rows bytes element-bytes chunk-row-bytes chunk-bytes path
constexpr const char *readChunks = "chunks"; // … first count chunk-bytes element-bytes path
constexpr const char *writeRows = "write"; // … row0 rows bytes element-bytes chunk-row-bytes chunk-bytes path
constexpr const char *finishWriting = "finish";

/// In front of the file's name: requests are writeRows, with the rows in the window, and finishWriting; the file is
/// descriptor ChildProcess::inputDescriptor.
constexpr const char *writing = "--write";

// Answers
constexpr const char *alive = "alive"; // something moved; the answer proper follows
constexpr const char *fine = "fine"; // … bytes in the window
constexpr const char *wrong = "wrong"; // … kind, what and remedy of an error

std::string toLine(const Error &error); // "wrong …"
Error fromLine(const std::string &line, const std::string &where); // without its first word
} // namespace hdf5Helper

} // namespace nms
