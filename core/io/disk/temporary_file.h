// SPDX-License-Identifier: Apache-2.0
// A file in its target's folder that is not visible there before it is complete. Private to core/io.
#pragma once

#include "core/base/result.h"

#include <string>
#include <sys/types.h>

namespace nms {

/// Has no name if the file system and /proc allow that (O_TMPFILE), so that nothing remains however the process ends.
/// Otherwise it is called `.TARGET.nmscope-XXXXXXXX.part` and holds an advisory lock (flock) while its writer runs; the
/// destructor removes it. One thread at a time.
class TemporaryFile
{
public:
    /// An empty file in the target's folder, readable and writable through descriptor(); the umask is applied to `mode`. Io
    /// error (where: `target`) if no file can be created there.
    static Result<TemporaryFile> create(const std::string &target, mode_t mode);

    /// Removes what killed writers of `target` left in its folder: files with such a name that are not locked. Best effort.
    static void removeLeftovers(const std::string &target);

    TemporaryFile(TemporaryFile &&other) noexcept;
    TemporaryFile &operator=(TemporaryFile &&other) noexcept;
    ~TemporaryFile();

    int descriptor() const { return m_descriptor; }
    const std::string &path() const { return m_path; } // empty if it has no name

    /// Removes the name, if there is one: for scratch files that never become the target.
    void dropName();

    /// Syncs the file and renames it to `target`, replacing an existing file. 0, or an errno: then the target is unchanged
    /// and the temporary file still exists. On success the descriptor is closed, which also releases the lock: it would
    /// prevent h5py from opening the file.
    int putInPlace(const std::string &target);

private:
    TemporaryFile() = default;
    int openNamed(const std::string &target, mode_t mode);
    int linkBeside(const std::string &target);
    int copyToNamed(const std::string &target);

    int m_descriptor = -1;
    std::string m_path;
};

} // namespace nms
