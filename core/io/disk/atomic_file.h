// SPDX-License-Identifier: Apache-2.0
// A file that is written as a whole or not at all.
#pragma once

#include "core/base/result.h"
#include "core/io/disk/temporary_file.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace nms {

/// A temporary file in the target's folder, without a name if possible. commit() syncs it and renames it to the target; the
/// destructor discards an uncommitted file, and so does the kernel when the process is killed. If it needs a name, the
/// leftover of a killed process is removed by the next create() for the same target. From the beginning it has the
/// permissions of the file that it replaces (also owner and group if the process may set them; if not, nobody gets more
/// access than before), or the default ones of a new file. One thread at a time.
class AtomicFile
{
public:
    /// The target may exist, or be a symbolic link to a regular file (then that file is replaced, not the link). Usage error
    /// if the target is the same file as `input`, under any name; Io error if the folder is missing or not writable, or the
    /// target is not a regular file. `input` may be empty. If it is a model's folder or its index, none of the model's files
    /// may be the target.
    static Result<AtomicFile> create(const std::string &target, const std::string &input = {});
    AtomicFile(AtomicFile &&) noexcept = default;
    AtomicFile &operator=(AtomicFile &&) = delete;
    ~AtomicFile() = default;

    const std::string &target() const { return m_target; } // as the caller named it
    const std::string &resolvedTarget() const { return m_resolved; } // with links resolved
    int descriptor() const { return m_temporary.descriptor(); } // for reading and writing; owned by this object

    /// Io error, naming how much space is missing, if there is certainly not enough: this file cannot have `fileBytes`
    /// bytes, or its file system cannot hold `diskBytes` more while the file is written.
    Status requireRoom(std::int64_t fileBytes, std::int64_t diskBytes) const;

    /// A warning if there is not enough space for these estimated sizes; nullopt if there is.
    std::optional<std::string> roomWarning(std::int64_t fileBytes, std::int64_t diskBytes) const;

    /// Writes after the end of the last append().
    Status append(std::span<const std::byte> bytes);

    /// The error for a write to descriptor() that failed with this errno; names free space or limits if these are the cause.
    Error writeFailure(int error, const std::string &where, const std::string &what = "cannot be written") const;

    /// May be called once; nothing may be written after it.
    Status commit();

private:
    AtomicFile(std::string target, std::string resolved, TemporaryFile temporary)
        : m_target(std::move(target)), m_resolved(std::move(resolved)), m_temporary(std::move(temporary))
    { }

    std::string m_target;
    std::string m_resolved;
    TemporaryFile m_temporary;
};

/// 0, or the errno of the first write that failed.
int writeAll(int descriptor, std::span<const std::byte> bytes);

} // namespace nms
