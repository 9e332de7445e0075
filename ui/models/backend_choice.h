// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"

#include <QString>

#include <memory>

namespace nms {

struct BackendChoice {
    QString id; // "cpu", "cuda:0"
    QString label; // "CPU · 2 threads"
    std::shared_ptr<SolverBackend> backend;
};

enum class MessageLevel { Info, Warning, Error };
/// What a message is about. A message on the open tensor and its settings is outdated once these change.
enum class MessageSubject { Tensor, File };

} // namespace nms
