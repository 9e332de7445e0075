// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/io/mask_facts.h"
#include "core/solver/solution.h"
#include "ui/models/loaded_tensor.h"

#include <stop_token>

namespace nms {

/// Writes the mask of one tensor to `fileName` (.h5 or .safetensors), with the facts of its solution; nothing is left when
/// it fails or is stopped. Refuses to write onto the file that the tensor came from. Any thread.
Status writeMask(const LoadedTensor &tensor, const Solution &solution, const QString &fileName, MaskFormat format,
                 const std::stop_token &stop);

} // namespace nms
