// SPDX-License-Identifier: Apache-2.0
// A file driver with which libhdf5 reads a file that is already open, or a file inside another (a member of an archive).
// Private to core/io.
#pragma once

#include "core/io/disk/regular_file.h"
#include "core/io/hdf5/support.h"

namespace nms {

/// A property list for H5Fopen(…, H5F_ACC_RDONLY, …); the name given there is ignored. `file` must outlive what is opened.
/// Nothing is locked: a viewer must neither block a training run nor fail on a file system without locks. Invalid on failure
/// (hdf5ErrorText).
Hdf5Id hdf5InputAccess(const RegularFile &file);

} // namespace nms
