// SPDX-License-Identifier: Apache-2.0
// An HDF5 file driver for writing that never reports a failure to the library. Private to core/io.
#pragma once

#include "core/io/hdf5/support.h"

namespace nms {

/// libhdf5 1.10 cannot recover from a failed write (a full disk): the file can no longer be closed, and the process crashes
/// when the library cleans up at exit. With this driver the first failure is stored in `error` (an errno; 0 without a
/// failure), every later write is dropped, and the library closes the file as if nothing had happened. The caller checks
/// `error` after each call that may write, including closing, and discards the file. `error` must outlive the file.
///
/// Data is written to `descriptor`, an open file that may have no name (empty for H5Fcreate). It stays the caller's and must
/// outlive the HDF5 file; the name that is passed to the library is ignored.
Hdf5Id hdf5OutputAccess(int descriptor, int &error);

} // namespace nms
