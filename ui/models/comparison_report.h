// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/jobs/compare_file.h"

namespace nms {

class Workspace;

/// The window's comparison of the open tensor as the command line's `compare` reports it; without masks if there is none.
jobs::CompareReport comparisonReport(const Workspace &workspace);

} // namespace nms
