// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.h"
#include "core/session/solver_session.h"

#include <chrono>
#include <functional>
#include <memory>

namespace nms::test {

using namespace std::chrono_literals;

constexpr auto patience = 60s; // far beyond what anything here takes, sanitizers included

/// Deterministic values in [0, 1).
std::shared_ptr<const Matrix<float>> randomScore(std::int64_t rows, std::int64_t cols, std::uint32_t seed = 1);

SolveOptions optionsFor(Method method, int n = 2, int m = 4, int iterations = 300);

/// Looks again and again until `condition` holds; false after `patience`.
bool eventually(const std::function<bool()> &condition);

/// Every member equal, floats bit for bit.
bool sameBits(const Snapshot &a, const Snapshot &b);
bool sameStats(const IterationStats &a, const IterationStats &b, bool withSeconds = true);

} // namespace nms::test
