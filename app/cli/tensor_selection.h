// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace nms::cli {

struct TensorSelection {
    std::vector<TensorInfo> taken;
    std::vector<SkippedEntry> skipped;
};

/// The tensors named in `asked`, each of which must fit (Input error otherwise, Usage error where one is named twice), or
/// without names every matrix and conv kernel with at least m rows and m columns, the others and what the file itself leaves
/// out being listed as skipped. Input error when nothing is left to do.
Result<TensorSelection> selectTensors(const TensorSource &source, const std::vector<std::string> &asked, int m);

/// [{"path", "reason"}, …]
nlohmann::ordered_json toJson(const std::vector<SkippedEntry> &skipped);
/// "skipped PATH: REASON", a line each.
std::string toText(const std::vector<SkippedEntry> &skipped);

} // namespace nms::cli
