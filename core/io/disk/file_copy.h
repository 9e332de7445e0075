// SPDX-License-Identifier: Apache-2.0
// Copies the bytes of one file to another, as cheaply as the file system can. Private to core/io.
#pragma once

#include "core/base/progress.h"
#include "core/io/disk/atomic_file.h"
#include "core/io/disk/regular_file.h"

#include <stop_token>

namespace nms {

/// Copies the content of `from` (for a window: its part of the file) to `to`, from byte 0 on: by sharing blocks if the file
/// system supports that (btrfs, XFS), otherwise inside the kernel if possible. `meter` counts bytes; `stop` is checked every
/// few MiB. Errors: Input if `from` has become shorter, Io, Cancelled. One thread.
Status copyFile(const RegularFile &from, const AtomicFile &to, const std::stop_token &stop, ProgressMeter &meter);

/// Writes `bytes` at `offset` of `to`; Io error for `where`.
Status writeAt(const AtomicFile &to, std::int64_t offset, std::span<const std::byte> bytes, const std::string &where);

} // namespace nms
