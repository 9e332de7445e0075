// SPDX-License-Identifier: Apache-2.0
// In front of libstdc++'s own header of this name, whose answers were found with the build machine's glibc: without these
// functions of glibc 2.30 condition variables and timed locks wait as they do on systems with an older one.
#pragma GCC system_header
#include_next <bits/c++config.h>
#undef _GLIBCXX_USE_PTHREAD_COND_CLOCKWAIT
#undef _GLIBCXX_USE_PTHREAD_MUTEX_CLOCKLOCK
#undef _GLIBCXX_USE_PTHREAD_RWLOCK_CLOCKLOCK
