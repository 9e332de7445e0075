// SPDX-License-Identifier: Apache-2.0
// A file beside its target that nobody sees before it is complete. Private to core/io.
#pragma once

#include "core/base/result.h"

#include <string>
#include <sys/types.h>

namespace nms {

/// Has no name where the file system and /proc allow that (O_TMPFILE), so that nothing of it is left however the process
/// ends. Elsewhere it has one that tells its target, `.TARGET.nmscope-XXXXXXXX.part`, and an advisory lock (flock) that says
/// that its writer lives; the destructor removes it. One thread at a time.
class TemporaryFile
{
public:
    /// Readable and writable through descriptor(), empty; `mode` is narrowed by the umask. The folder is the target's. Io
    /// error (where: `target`) when no file can be made there.
    static Result<TemporaryFile> create(const std::string &target, mode_t mode);

    /// Removes what killed writers of `target` left in its folder: files of such a name that nobody holds locked. Best
    /// effort.
    static void removeLeftovers(const std::string &target);

    TemporaryFile(TemporaryFile &&other) noexcept;
    TemporaryFile &operator=(TemporaryFile &&other) noexcept;
    ~TemporaryFile();

    int descriptor() const { return m_descriptor; }
    const std::string &path() const { return m_path; } // empty where it has no name

    /// Takes the name away, if there is one: for files that never get into place.
    void dropName();

    /// Syncs the file and makes it `target`, in place of what is there. 0, or an errno: then the target is as it was and
    /// the temporary file still there. Closes the descriptor when it is done, and with it ends the lock, which would keep
    /// h5py from opening the file.
    int putInPlace(const std::string &target);

private:
    TemporaryFile() = default;
    int openNamed(const std::string &target, mode_t mode);
    int linkBesides(const std::string &target);
    int copyToNamed(const std::string &target);

    int m_descriptor = -1;
    std::string m_path;
};

} // namespace nms
