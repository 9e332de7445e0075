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
/// What a message is about: one on the open tensor and its settings is of no use once they have changed.
enum class MessageSubject { Tensor, File };

} // namespace nms
