// SPDX-License-Identifier: Apache-2.0
// Layers that an interrupted pruning has finished. Private to core/jobs.
#pragma once

#include "core/base/result.h"
#include "core/jobs/parts_folder.h"
#include "core/jobs/prune_settings.h"
#include "core/jobs/prune_tensor.h"

#include <optional>

namespace nms::jobs {

/// Layers in the folder `OUT.parts` (parts_folder.h); remove() deletes it once OUT is written. A tensor whose files do not
/// match is pruned again. One thread at a time.
class FinishedLayers
{
public:
    /// Errors as PartsFolder::open().
    static Result<FinishedLayers> open(const PruneFileSettings &settings, const TensorSource &weights);

    /// None if the tensor is not there, was pruned to another pattern, or its files are damaged.
    std::optional<FinishedLayer> find(const TensorInfo &tensor, const PruneOptions &options) const;
    Status save(const TensorInfo &tensor, const PruneOptions &options, const FinishedLayer &layer) const;
    void remove() const { m_folder.remove(); }

private:
    explicit FinishedLayers(PartsFolder folder) : m_folder(std::move(folder)) { }

    PartsFolder m_folder;
};

} // namespace nms::jobs
