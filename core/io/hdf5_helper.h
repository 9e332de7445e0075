// SPDX-License-Identifier: Apache-2.0
// The process in which libhdf5 meets an untrusted file first, and in which alone its filters run. Private to core/io.
#pragma once

#include "core/base/child_process.h"
#include "core/io/hdf5_listing.h"
#include "core/io/shared_window.h"

#include <chrono>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace nms {

/// What the helper found when it read the structure.
struct Hdf5Trial {
    std::vector<H5Z_filter_t> missingFilters; // used in the file and not installed
};

/// libhdf5 1.10 crashes on some damaged files and never comes back from others, and filters are code of anybody. So both
/// happen in a process of its own (core/io/helper, beside the program that runs), which may end as it likes: each end is an
/// error of its own that tells whether the file, the machine or the installation is at fault. There is no limit on the size
/// of a file: a helper that goes on from object to object, or reads on, may take its time. One thread.
class Hdf5Helper
{
public:
    struct Limits {
        std::chrono::milliseconds busy{4000}; // processor time without a sign of progress
        std::chrono::milliseconds idle{30000}; // time in which it neither computes nor reads
        std::int64_t structureMemory = std::int64_t(4) << 30; // bytes of address space
        std::int64_t dataMemory = std::int64_t(8) << 30;
    };

    /// Beside the program that runs.
    static std::string installedProgram();

    Hdf5Helper(std::string program, std::string file, std::stop_token stop)
        : Hdf5Helper(std::move(program), std::move(file), std::move(stop), Limits())
    { }
    Hdf5Helper(std::string program, std::string file, std::stop_token stop, const Limits &limits)
        : m_program(std::move(program)), m_file(std::move(file)), m_stop(std::move(stop)), m_limits(limits)
    { }

    /// Has all of the structure read as listHdf5 and readHdf5Attributes will read it, and all chunks found. Whatever is
    /// wrong short of that is no error here: it shows when the file is opened. Cancelled soon after the stop.
    Result<Hdf5Trial> tryStructure(std::int64_t fileBytes);

    /// Rows as stored, decoded over there and passed through shared memory. The process is started when it is first needed
    /// and stays, with the dataset open.
    Status readRows(const TensorInfo &tensor, const Hdf5Record &record, std::int64_t row0, std::int64_t rows,
                    std::span<std::byte> out);

private:
    Status start(const std::string &where, std::int64_t memory, const char *task);
    Status readPanel(const std::string &where, const std::string &request, std::chrono::milliseconds busy,
                     std::span<std::byte> out);
    Error errorOfEnd(const ChildEnd &end, const std::string &where, const char *task) const;

    const std::string m_program;
    const std::string m_file;
    const std::stop_token m_stop;
    const Limits m_limits;
    SharedWindow m_window;
    std::optional<ChildProcess> m_child;
};

/// What both sides of the pipe agree on.
namespace hdf5Helper {
constexpr int outOfMemory = 3; // exit code
// Requests:
constexpr const char *tryRequest = "try";
constexpr const char *readRequest = "read"; // … row0 rows bytes element-bytes chunk-row-bytes chunk-bytes path
// Answers:
constexpr const char *alive = "alive"; // something moved; the answer proper follows
constexpr const char *fine = "fine"; // … filters that are missing
constexpr const char *wrong = "wrong"; // … why
} // namespace hdf5Helper

} // namespace nms
