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

/// What was requested. Each entry of `named` and `excluded` is a tensor's name or a glob (core/base/glob.h; `*` also matches
/// "/" and "."). A name that exists is that tensor, even if it contains wildcards; a leading "/" is ignored.
struct TensorChoice {
    std::vector<std::string> named = {}; // empty: every tensor that can be pruned and whose role is Weight
    std::vector<std::string> excluded = {}; // removed from the selection
    bool all = false; // every tensor that can be pruned, whatever its role
    std::vector<AxesRule> axes = {}; // which dimensions form the matrix, if names and shapes do not determine it
    bool skipInvalid = false; // tensors with NaN or Inf are left out instead of ending the job
};

struct TensorSelection {
    std::vector<TensorInfo> taken; // in the order of `named`; those of one glob in the order of the file
    std::vector<SkippedEntry> skipped; // with the reasons
};

/// Why the tensor cannot be cut into m × m tiles, as text to put after its name; empty if it can. Its type is checked before
/// its size.
std::string whyNotCut(const TensorInfo &tensor, int m);

/// Without names: every matrix and conv kernel with at least m rows and m columns whose role (core/tensor/tensor_role.h) is
/// Weight, or with `all` of any role; the others, and what the file itself leaves out, are listed as skipped. With names:
/// those, whatever their role. A tensor named exactly must fit; tensors that match a glob but do not fit are listed as
/// skipped. Input errors: a name or glob that matches nothing (with similar names), a tensor named exactly that does not
/// fit, an empty selection (with the reasons). Usage error if one is named exactly twice.
Result<TensorSelection> selectTensors(const TensorSource &source, const TensorChoice &choice, int m);

struct OpenedTensors {
    std::unique_ptr<TensorSource> source;
    TensorSelection selection;
};

/// Opens `file` (errors and `stop` as openWeights) and selects from it.
Result<OpenedTensors> openTensors(const std::string &file, const TensorChoice &choice, int m, const std::stop_token &stop);

} // namespace nms::jobs
