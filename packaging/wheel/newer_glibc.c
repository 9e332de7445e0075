// SPDX-License-Identifier: Apache-2.0
// What Debian 12's libstdc++.a and nmscope ask of glibc and glibc 2.27 does not have. sysroot.sh adds it to
// libc_nonshared.a, the part of glibc that is linked into every program and library; nothing of it is visible outside of
// them.
#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#pragma GCC visibility push(hidden)

/// glibc 2.32: true lets reference counts do without atomic instructions. Nobody sets it here, so it says no.
char __libc_single_threaded = 0;

/// glibc 2.36: random bits from the system, for std::random_device. Any thread; ends the process where the system has none.
uint32_t arc4random(void)
{
    uint32_t bits = 0;
    ssize_t got = 0;
    do {
        got = getrandom(&bits, sizeof bits, 0); // so few bytes come whole or not at all
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof bits)
        abort();
    return bits;
}

/// glibc 2.34: closes all descriptors from a number on in the new process. Here they are those that are open now, or where
/// /proc is not mounted all below 1024: one that another thread opens after this, and without O_CLOEXEC, is inherited. 0, or
/// an error number.
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from)
{
    int failure = 0;
    DIR *const folder = opendir("/proc/self/fd");
    if (!folder) {
        for (int number = from; number < 1024 && failure == 0; ++number)
            failure = posix_spawn_file_actions_addclose(actions, number);
        return failure;
    }
    for (struct dirent *entry = readdir(folder); entry && failure == 0; entry = readdir(folder)) {
        char *end = NULL;
        const long number = strtol(entry->d_name, &end, 10);
        // Among them is the folder's own, closed by then: posix_spawn() passes over what is not open.
        if (end != entry->d_name && *end == '\0' && number >= from)
            failure = posix_spawn_file_actions_addclose(actions, (int)number);
    }
    closedir(folder);
    return failure;
}

#pragma GCC visibility pop
