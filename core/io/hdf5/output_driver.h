// SPDX-License-Identifier: Apache-2.0
// An HDF5 file driver for writing that never fails towards the library. Private to core/io.
#pragma once

#include "core/io/hdf5/support.h"

namespace nms {

/// libhdf5 1.10 does not get over a write that fails (a full disk): the file can no longer be closed, and the process
/// crashes when the library cleans up at exit. With this driver the first failure is kept in `error` (an errno; 0 while all
/// is well), every later write is dropped, and the library closes the file as if nothing had happened. Whoever writes looks
/// at `error` after each call that may write, closing included, and throws the file away. `error` must outlive the file.
///
/// What is written goes to `descriptor`, an open file that may have no name (empty for H5Fcreate): it stays the caller's,
/// must outlive the HDF5 file, too, and what the library is given as a name means nothing.
Hdf5Id hdf5OutputAccess(int descriptor, int &error);

} // namespace nms
