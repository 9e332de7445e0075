// SPDX-License-Identifier: Apache-2.0
// Which tensors of a file a job works on.
#pragma once

#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace nms::jobs {

struct TensorSelection {
    std::vector<TensorInfo> taken;
    std::vector<SkippedEntry> skipped;
};

/// The tensors named in `asked`, each of which must fit (Input error otherwise, Usage error where one is named twice), or
/// without names every matrix and conv kernel with at least m rows and m columns, the others and what the file itself leaves
/// out being listed as skipped. Input error when nothing is left to do.
Result<TensorSelection> selectTensors(const TensorSource &source, const std::vector<std::string> &asked, int m);

struct OpenedTensors {
    std::unique_ptr<TensorSource> source;
    TensorSelection selection;
};

/// Opens `file` (errors and `stop` as openWeights) and selects from it.
Result<OpenedTensors> openTensors(const std::string &file, const std::vector<std::string> &asked, int m,
                                  const std::stop_token &stop);

} // namespace nms::jobs
