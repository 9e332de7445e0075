// SPDX-License-Identifier: Apache-2.0
// In front of glibc 2.27's own header of this name: a function of glibc 2.34 that newer_glibc.c stands in for.
#pragma GCC system_header
#include_next <spawn.h>
#ifdef __cplusplus
extern "C" {
#endif
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
#ifdef __cplusplus
}
#endif
