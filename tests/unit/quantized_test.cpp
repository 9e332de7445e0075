// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/quantized.h"

#include <gmock/gmock.h>

namespace nms::test {
namespace {

using testing::HasSubstr;

TensorInfo tensorOf(std::string path, std::string storedType, DType dtype, std::vector<std::int64_t> shape)
{
    TensorInfo tensor;
    tensor.path = std::move(path);
    tensor.storedType = std::move(storedType);
    tensor.dtype = dtype;
    tensor.shape = std::move(shape);
    return tensor;
}

TEST(Quantized, ScalesAreFoundByTheNamesThatLibrariesUse)
{
    for (const auto &[codes, scales] :
         {std::pair("l.weight", "l.weight_scale"), std::pair("l.weight", "l.weight_scale_inv"),
          std::pair("l.weight", "l.SCB"), std::pair("l.weight", "l.weight.absmax"), std::pair("l.qweight", "l.scales"),
          std::pair("l/kernel", "l/kernel_scale"), std::pair("q", "s")}) {
        const std::vector<TensorInfo> tensors = {tensorOf(codes, "I8", DType::I8, {16, 16}),
                                                 tensorOf(scales, "F32", DType::F32, {16}),
                                                 tensorOf("other.weight", "I8", DType::I8, {16, 16})};
        const QuantizedLayers layers(tensors);
        EXPECT_EQ(layers.scalesOf(tensors[0]), scales);
        EXPECT_EQ(layers.scalesOf(tensors[1]), "") << "weights are no codes";
        EXPECT_EQ(layers.scalesOf(tensors[2]), "") << "of another layer";
        EXPECT_THAT(layers.whyNoWeights(tensors[0]),
                    HasSubstr("holds I8 codes of a quantised layer, whose scales are in " + std::string(scales) +
                              ": masks need the dequantised weights"));
    }
}

TEST(Quantized, WhatIsNoScaleIsNotTakenForOne)
{
    const std::vector<TensorInfo> tensors = {
        tensorOf("a.weight", "I8", DType::I8, {2, 2}), tensorOf("a.weight_scale", "I32", DType::I32, {1}),
        tensorOf("b.weight", "I8", DType::I8, {2, 2}), tensorOf("b.scale", "F32", DType::F32, {16}),
        tensorOf("c.zeros", "I8", DType::I8, {2}),     tensorOf("c.scale", "F32", DType::F32, {1})};
    const QuantizedLayers layers(tensors);
    EXPECT_EQ(layers.scalesOf(tensors[0]), "") << "integers";
    EXPECT_EQ(layers.scalesOf(tensors[2]), "") << "more of them than codes";
    EXPECT_EQ(layers.scalesOf(tensors[4]), "") << "a vector";
}

TEST(Quantized, TheReasonIsTheTrueOne)
{
    const std::vector<TensorInfo> tensors = {tensorOf("w", "F32", DType::F32, {4, 4}),
                                             tensorOf("i", "I64", DType::I64, {4, 4}), tensorOf("v", "I64", DType::I64, {4}),
                                             tensorOf("b", "BOOL", DType::Bool, {4, 4}),
                                             tensorOf("f", "F8_E4M3", DType::F8E4M3, {4, 4})};
    const QuantizedLayers layers(tensors);
    EXPECT_EQ(layers.whyNoWeights(tensors[0]), "");
    EXPECT_THAT(layers.whyNoWeights(tensors[1]),
                HasSubstr("holds I64 integers, not floating-point weights; if they are codes"));
    EXPECT_EQ(layers.whyNoWeights(tensors[2]), "holds I64 integers, not floating-point weights");
    EXPECT_EQ(layers.whyNoWeights(tensors[3]), "holds BOOL (0 or 1), not floating-point weights");
    EXPECT_EQ(layers.whyNoWeights(tensors[4]), "");
    TensorInfo unreadable = tensors[1];
    unreadable.unreadable = "is damaged";
    EXPECT_EQ(layers.whyNoWeights(unreadable), "is damaged");
}

} // namespace
} // namespace nms::test
