// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/session/run_memory.h"
#include "core/tensor/tensor_source.h"
#include "ui/models/loaded_tensor.h"

#include <functional>
#include <memory>
#include <stop_token>

namespace nms {

/// Opens `fileName` and lists its tensors. Cancelled when stopped. Any thread.
Result<OpenFile> listTensors(const QString &fileName, const std::stop_token &stop);

/// What loadTensor() tells meanwhile; each may be empty.
struct LoadReports {
    std::function<void(double)> progress; // the share of the rows read; on any thread but one at a time
    /// Once, before everything is read, if the tensor is large and its file gives a few rows quickly; on the calling thread.
    std::function<void(std::shared_ptr<const TensorPreview>)> preview;
};

/// Entries from which on a tensor has a preview: 4096². Fewer are read in about a tenth of a second.
inline constexpr std::int64_t leastPreviewed = std::int64_t(1) << 24;

/// Reads the tensor at `path` with everything that the views need, in blocks of rows, on all cores where the file allows it.
/// Between blocks it checks `stop`.
/// Resource error if memoryOfTensor() exceeds `memoryLimit`, Cancelled when stopped. NaN and Inf are not an error here (they
/// can be viewed), see LoadedTensor::notFinite. Any thread.
Result<std::shared_ptr<const LoadedTensor>> loadTensor(const QString &fileName, const std::string &path,
                                                       std::int64_t memoryLimit, const std::stop_token &stop,
                                                       const LoadReports &reports);

/// Memory of a LoadedTensor: weights, scores and overview.
RunMemory memoryOfTensor(std::int64_t rows, std::int64_t cols);

/// "weights 41 MiB, scores 41 MiB, overview 8 MiB", the largest first.
QString partsText(const RunMemory &memory);

} // namespace nms
