// SPDX-License-Identifier: Apache-2.0
// A file that appears whole or not at all.
#pragma once

#include "core/base/result.h"
#include "core/io/disk/temporary_file.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace nms {

/// A temporary file beside the target, without a name where that is possible. commit() syncs it and puts it in the target's
/// place; the destructor throws away what was not committed, and so does the kernel when the process is killed. Where it
/// must have a name, what a killed process left is removed by the next create() for the same target. From the beginning it
/// has the permissions of the file that it replaces (owner and group too where we may set them; where not, nobody gets more
/// than before), or those of any new file. One thread at a time.
class AtomicFile
{
public:
    /// The target may exist or be a symbolic link to a regular file (then what it names is replaced, not the link). Usage
    /// error when the target is `input` under any name; Io error when the folder is missing or not writable or the target
    /// is no regular file. `input` may be empty, or name a model's folder or its index: then no file of it is a target.
    static Result<AtomicFile> create(const std::string &target, const std::string &input = {});
    AtomicFile(AtomicFile &&) noexcept = default;
    AtomicFile &operator=(AtomicFile &&) = delete;
    ~AtomicFile() = default;

    const std::string &target() const { return m_target; } // as the caller named it
    const std::string &resolvedTarget() const { return m_resolved; } // with links followed
    int descriptor() const { return m_temporary.descriptor(); } // to read and write; remains ours

    /// Io error, naming how much is missing, when there surely is no room: for `fileBytes` in this file or, on its file
    /// system, for `diskBytes` meanwhile.
    Status requireRoom(std::int64_t fileBytes, std::int64_t diskBytes) const;

    /// What to warn of where there is no room for these, which are estimates.
    std::optional<std::string> roomWarning(std::int64_t fileBytes, std::int64_t diskBytes) const;

    /// Writes where the last append() ended.
    Status append(std::span<const std::byte> bytes);

    /// What to say of a write to descriptor() that failed with this errno: room and limits with it.
    Error writeFailure(int error, const std::string &where, const std::string &what = "cannot be written") const;

    /// Once; nothing may be written after it.
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
