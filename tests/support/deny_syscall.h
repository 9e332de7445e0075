// SPDX-License-Identifier: Apache-2.0
// Makes system calls fail as a file system or a sandbox would, without needing one.
#pragma once

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <iterator>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

namespace nms::test {

/// From now on `call` fails with `error` in the calling thread, in the threads and processes that it starts, and in programs
/// that those execute. This cannot be undone. If `flags` is not 0, only calls whose third argument has all of these bits
/// fail. Returns false if the kernel does not support it.
inline bool denySyscall(unsigned call, int error, unsigned flags = 0)
{
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + 2 * sizeof(__u64)), // little-endian: the low half
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, flags),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, flags, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | unsigned(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program = {static_cast<unsigned short>(std::size(filter)), filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// Files without a name (O_TMPFILE) fail, as on NFS and on older overlay and FUSE mounts.
inline bool denyUnnamedFiles()
{
    return denySyscall(__NR_openat, EOPNOTSUPP, O_TMPFILE);
}

} // namespace nms::test
