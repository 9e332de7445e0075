// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/verdict.h"

namespace nms {

class Workspace;

/// On the state that the workspace shows; an earlier iteration is judged by its own figures.
Verdict shownVerdict(const Workspace &workspace);

} // namespace nms
