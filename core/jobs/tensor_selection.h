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

/// What was asked for. Each entry of `named` and `excluded` is a tensor's name or a glob (core/base/glob.h; `*` crosses "/"
/// and
/// "."); a name that exists exactly is that tensor, also where it would be a glob, and a leading "/" does not count.
struct TensorChoice {
    std::vector<std::string> named = {}; // none: whatever can be pruned and is a weight by its role
    std::vector<std::string> excluded = {}; // taken out of either
    bool all = false; // whatever can be pruned, whatever its role
    std::vector<AxesRule> axes = {}; // which dimensions are the matrix, where names and shapes do not tell
    bool skipInvalid = false; // tensors with NaN or Inf are left out instead of ending the job
};

struct TensorSelection {
    std::vector<TensorInfo> taken; // as `named` orders them, those of one glob as in the file
    std::vector<SkippedEntry> skipped; // and why
};

/// Why it cannot be cut into m × m tiles, to stand behind its name; empty where it can. Types come before sizes.
std::string whyNotCut(const TensorInfo &tensor, int m);

/// Without names: every matrix and conv kernel with at least m rows and m columns whose role (core/tensor/tensor_role.h) is
/// Weight, or with `all` of any role; the others and what the file itself leaves out are listed as skipped. With names:
/// those, whatever their role; one named exactly must fit, of what a glob matches the rest is listed. Input errors: a name
/// or glob that matches nothing (with near names), a tensor named exactly that does not fit, nothing left to do (with the
/// reason that holds for the tensors there are). Usage error where one is named exactly twice.
Result<TensorSelection> selectTensors(const TensorSource &source, const TensorChoice &choice, int m);

struct OpenedTensors {
    std::unique_ptr<TensorSource> source;
    TensorSelection selection;
};

/// Opens `file` (errors and `stop` as openWeights) and selects from it.
Result<OpenedTensors> openTensors(const std::string &file, const TensorChoice &choice, int m, const std::stop_token &stop);

} // namespace nms::jobs
