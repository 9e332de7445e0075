// SPDX-License-Identifier: Apache-2.0
// Tensors that an interrupted job has finished, kept in a folder beside its target. Private to core/jobs.
#pragma once

#include "core/base/result.h"
#include "core/jobs/prune_settings.h"
#include "core/jobs/prune_tensor.h"

#include <optional>
#include <string>

namespace nms::jobs {

/// `OUT.parts`, which remove() takes away when OUT is there. Files in it are read as untrusted: what does not fit is pruned
/// again. One thread at a time.
class FinishedLayers
{
public:
    /// Makes the folder where it is missing. Usage error where it holds tensors of another job: another file, calibration or
    /// setting.
    static Result<FinishedLayers> open(const PruneFileSettings &settings, const TensorSource &weights);

    /// Nothing where it is not there, of another pattern, or damaged.
    std::optional<FinishedLayer> find(const TensorInfo &tensor, const PruneOptions &options) const;
    Status save(const TensorInfo &tensor, const PruneOptions &options, const FinishedLayer &layer) const;
    void remove() const;

private:
    explicit FinishedLayers(std::string folder) : m_folder(std::move(folder)) { }
    std::string fileOf(const TensorInfo &tensor, const char *ending) const;

    std::string m_folder;
};

} // namespace nms::jobs
