// SPDX-License-Identifier: Apache-2.0
// A file that appears whole or not at all.
#pragma once

#include "core/base/result.h"

#include <string>

namespace nms {

/// A temporary file beside the target, of a name that no other process has. commit() syncs it and renames it over the
/// target; the destructor removes what was not committed. One thread at a time.
class AtomicFile
{
public:
    /// The target may exist (then its permissions are kept) or be a symbolic link to a regular file (then what it names
    /// is replaced, not the link). Usage error when the target is `input` under any name; Io error when the folder is
    /// missing or not writable or the target is no regular file. Creates the temporary file, empty. `input` may be empty.
    static Result<AtomicFile> create(const std::string &target, const std::string &input = {});
    AtomicFile(AtomicFile &&other) noexcept;
    AtomicFile &operator=(AtomicFile &&) = delete;
    ~AtomicFile();

    const std::string &target() const { return m_target; } // as the caller named it
    const std::string &temporaryPath() const { return m_temporary; }

    /// Whoever wrote to temporaryPath() must have closed it.
    Status commit();

private:
    AtomicFile() = default;
    std::string m_target;
    std::string m_resolved; // the target with links followed
    std::string m_temporary; // empty once committed
    int m_mode = -1; // of the file that is replaced; -1: there was none
};

} // namespace nms
