// SPDX-License-Identifier: Apache-2.0
// Whether libhdf5 survives a file, found out where it does no harm. Private to core/io.
#pragma once

#include "core/base/result.h"

#include <string>

namespace nms {

/// libhdf5 1.10 crashes on some damaged files and never comes back from others. So the whole structure is read by a process
/// of its own first (`core/io/trial`), which may end as it likes. Input error where that crashes or takes more than 10 s of
/// processor time; fine where it ends, whatever it found, and where there is no such program: what is wrong then shows when
/// the file is opened. Blocks; any thread.
Status tryHdf5(const std::string &file, const std::string &program);

/// The program that stands beside the one that runs; empty where NMS_NO_TRIAL is set.
std::string hdf5TrialProgram();

} // namespace nms
