// SPDX-License-Identifier: Apache-2.0
// Quantised layers in a list of tensors: codes (integers or 8-bit floats) with their scales stored beside them.
#pragma once

#include "core/tensor/tensor_source.h"

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nms {

/// Finds the tensors of one file by name; the list must outlive it. Any thread.
class QuantizedLayers
{
public:
    explicit QuantizedLayers(std::span<const TensorInfo> tensors);

    /// Path of the scales that belong to `codes` by their names: "layer.weight_scale", "layer.scales", "layer.SCB",
    /// "layer.weight.absmax", "s" beside "q", …; empty where there are none.
    std::string scalesOf(const TensorInfo &codes) const;

    /// Why a tensor holds no weights that could be masked ("holds I8 codes of a quantised layer, whose scales are in
    /// layer.scales: …"), with a remedy where there is one; empty where it does hold weights.
    std::string whyNoWeights(const TensorInfo &tensor) const;

private:
    const TensorInfo *find(const std::string &path) const;
    std::unordered_map<std::string_view, const TensorInfo *> m_byPath;
};

} // namespace nms
