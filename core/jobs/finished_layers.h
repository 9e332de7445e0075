// SPDX-License-Identifier: Apache-2.0
// Tensors that an interrupted job has finished, kept in a folder beside its output. Private to core/jobs.
#pragma once

#include "core/base/result.h"
#include "core/jobs/prune_settings.h"
#include "core/jobs/prune_tensor.h"

#include <optional>
#include <string>

namespace nms::jobs {

/// The folder `OUT.parts`; remove() deletes it once OUT is written. Its files are untrusted: a tensor whose files do not
/// match is pruned again. One thread at a time.
class FinishedLayers
{
public:
    /// Creates the folder if it is missing. Usage error if it holds tensors of a job with other files or settings.
    static Result<FinishedLayers> open(const PruneFileSettings &settings, const TensorSource &weights);

    /// None if the tensor is not there, was pruned to another pattern, or its files are damaged.
    std::optional<FinishedLayer> find(const TensorInfo &tensor, const PruneOptions &options) const;
    Status save(const TensorInfo &tensor, const PruneOptions &options, const FinishedLayer &layer) const;
    void remove() const;

private:
    explicit FinishedLayers(std::string folder) : m_folder(std::move(folder)) { }
    std::string fileOf(const TensorInfo &tensor, const char *ending) const;

    std::string m_folder;
};

} // namespace nms::jobs
