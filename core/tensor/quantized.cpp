// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/quantized.h"

#include <algorithm>

namespace nms {

namespace {

// Names of scales in bitsandbytes, compressed-tensors, GPTQ, AWQ, DeepSeek and torchao: endings of the codes' name, and
// names beside it.
constexpr std::string_view behindTheName[] = {"_scale", "_scale_inv", "_scales", ".scale", ".scales",
                                              "/scale", "/scales",    ".absmax", "_SCB",   "_block_scale"};
constexpr std::string_view besideIt[] = {"scales", "scale", "SCB", "weight_scale", "weight_scale_inv", "s"};

bool isInteger(DType dtype)
{
    return !isWeight(dtype) && dtype != DType::Bool && dtype != DType::Other;
}

/// Scales of microscaled blocks are powers of two (safetensors' F8_E8M0).
bool canBeScales(const TensorInfo &tensor)
{
    return isWeight(tensor.dtype) || tensor.storedType == "F8_E8M0";
}

} // namespace

QuantizedLayers::QuantizedLayers(std::span<const TensorInfo> tensors)
{
    m_byPath.reserve(tensors.size());
    for (const TensorInfo &tensor : tensors)
        m_byPath.emplace(tensor.path, &tensor);
}

const TensorInfo *QuantizedLayers::find(const std::string &path) const
{
    const auto found = m_byPath.find(path);
    return found == m_byPath.end() ? nullptr : found->second;
}

std::string QuantizedLayers::scalesOf(const TensorInfo &codes) const
{
    const bool narrow = codes.dtype == DType::F8E4M3 || codes.dtype == DType::F8E5M2 || codes.dtype == DType::Other;
    if (!isInteger(codes.dtype) && !narrow)
        return {};
    const std::string folder = codes.path.substr(0, codes.path.find_last_of("./") + 1);
    const auto scales = [&](const std::string &path) {
        const TensorInfo *tensor = path == codes.path ? nullptr : find(path);
        return tensor && canBeScales(*tensor) && tensor->elements() <= codes.elements();
    };
    for (const std::string_view ending : behindTheName)
        if (const std::string path = codes.path + std::string(ending); scales(path))
            return path;
    if (codes.shape.size() < 2) // a bias or a zero point in the folder of its layer's scales
        return {};
    for (const std::string_view name : besideIt)
        if (const std::string path = folder + std::string(name); scales(path))
            return path;
    return {};
}

std::string QuantizedLayers::whyNoWeights(const TensorInfo &tensor) const
{
    if (!tensor.unreadable.empty() || isWeight(tensor.dtype))
        return tensor.unreadable;
    if (!isInteger(tensor.dtype))
        return "holds " + tensor.storedType + " (0 or 1), not floating-point weights";
    if (const std::string scales = scalesOf(tensor); !scales.empty())
        return "holds " + tensor.storedType + " codes of a quantised layer, whose scales are in " + scales +
            ": masks need the dequantised weights; store code × scale as f16 or f32, or take the model as it was before";
    return "holds " + tensor.storedType + " integers, not floating-point weights" +
        (tensor.shape.size() >= 2 ? "; if they are codes of a quantised layer, store the dequantised weights as f16 or f32"
                                  : "");
}

} // namespace nms
