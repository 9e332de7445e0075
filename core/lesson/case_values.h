// SPDX-License-Identifier: Apache-2.0
// Solves the cases of a lesson, and reads the figures that its text speaks of.
#pragma once

#include "core/base/result.h"
#include "core/lesson/lesson.h"
#include "core/solver/solution.h"

#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace nms {
class SolverBackend;
}

namespace nms::lesson {

/// Where the cases with a tensor get their data from.
struct SampleFiles {
    std::string weights; // empty: such cases cannot be solved
    std::string calibration;
};

/// The state of a tile at an iteration: the last one that is not later; `iteration` not set: the end.
const TileIterate &iterateAt(const TileHistory &history, std::optional<int> iteration);

/// Names and forms of the figures, as "plan(row, column)"; rows and columns count from 1.
std::span<const std::string_view> figuresOf(const Case &which);

/// Input error unless the case has such a figure with so many arguments; they need not be in range. (The error has no
/// place.)
Status checkReference(const Case &which, const Reference &reference);

/// Solves each case once and keeps the result. Blocks: not for the GUI thread, but for small tiles. One thread at a time.
class CaseValues
{
public:
    explicit CaseValues(SampleFiles files);
    ~CaseValues();
    CaseValues(const CaseValues &) = delete;
    CaseValues &operator=(const CaseValues &) = delete;

    /// Errors of the solvers and readers, Cancelled, and Input for arguments out of range.
    Result<double> valueOf(const Lesson &lesson, const Reference &reference, const std::stop_token &stop);

    Result<std::shared_ptr<const TileHistory>> historyOf(const Case &tile, const std::stop_token &stop);

private:
    struct RandomFigures;
    struct LayerFigures;
    Result<const RandomFigures *> randomOf(const Case &which, const std::stop_token &stop);
    Result<const LayerFigures *> layerOf(const Case &which, const std::stop_token &stop);
    Result<std::shared_ptr<const Matrix<float>>> weightsOf(const std::string &tensor, const std::stop_token &stop);

    SampleFiles m_files;
    std::map<std::string, std::shared_ptr<const TileHistory>, std::less<>> m_tiles; // by the name of the case
    std::map<std::string, std::unique_ptr<RandomFigures>, std::less<>> m_random;
    std::map<std::string, std::unique_ptr<LayerFigures>, std::less<>> m_layers;
    std::map<std::string, std::shared_ptr<const Matrix<float>>, std::less<>> m_weights; // by tensor
    std::unique_ptr<SolverBackend> m_backend;
};

} // namespace nms::lesson
