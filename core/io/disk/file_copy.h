// SPDX-License-Identifier: Apache-2.0
// The bytes of one file into another, as cheaply as the file system can. Private to core/io.
#pragma once

#include "core/base/progress.h"
#include "core/io/disk/atomic_file.h"
#include "core/io/disk/regular_file.h"

#include <stop_token>

namespace nms {

/// Makes `to` hold what `from` does (of a window: what it shows), from byte 0 on: sharing its blocks where the file system
/// does that (btrfs, XFS), copied inside the system otherwise. `meter` counts bytes; `stop` is heard in pieces of some MiB.
/// Input error where `from` has become shorter, Io error, Cancelled. One thread.
Status copyFile(const RegularFile &from, const AtomicFile &to, const std::stop_token &stop, ProgressMeter &meter);

/// Writes `bytes` at `offset` of `to`; Io error for `where`.
Status writeAt(const AtomicFile &to, std::int64_t offset, std::span<const std::byte> bytes, const std::string &where);

} // namespace nms
