// SPDX-License-Identifier: Apache-2.0
// Which dimensions are a matrix, by names and shapes as real models have them.
#include "core/tensor/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nms::test {

namespace {

TensorInfo tensor(const std::string &path, const std::vector<std::int64_t> &shape)
{
    TensorInfo info;
    info.path = path;
    info.shape = shape;
    info.dtype = DType::F32;
    return info;
}

/// The letters of the first tensor.
std::string lettersOf(std::vector<TensorInfo> tensors, std::string_view format = "safetensors",
                      const std::map<std::string, std::string> &metadata = {})
{
    determineAxes(tensors, format, metadata);
    return tensors.front().axes.letters;
}

const std::map<std::string, std::string> keras = {{"keras_version", "2.15.0"}};

} // namespace

TEST(Layout, OfPyTorchIsOutIn)
{
    EXPECT_EQ(lettersOf({tensor("model.layers.0.mlp.up_proj.weight", {64, 32})}), "oi");
    EXPECT_EQ(lettersOf({tensor("conv1.weight", {64, 3, 7, 7})}), "oihw");
    EXPECT_EQ(lettersOf({tensor("conv1.weight", {64, 16, 1, 1})}), "oihw");
    EXPECT_EQ(lettersOf({tensor("conv3d.weight", {16, 8, 3, 3, 3})}), "oidhw");
    EXPECT_EQ(lettersOf({tensor("encoder.conv1.weight", {384, 80, 3})}), "oiw");
    EXPECT_EQ(lettersOf({tensor("encoder.pos_conv_embed.conv.weight_v", {768, 48, 128})}), "oiw");
    EXPECT_EQ(lettersOf({tensor("decoder.conv_transpose.weight", {64, 32, 4, 4})}), "iohw");
    EXPECT_EQ(lettersOf({tensor("conv1d", {32, 16, 5})}), "oiw"); // bare names in a safetensors file
    EXPECT_EQ(lettersOf({tensor("pw", {64, 32, 1, 1})}), "oihw");
    EXPECT_EQ(lettersOf({tensor("encoder/layer/0/attention/self/query/weight", {384, 384})}, "HDF5"), "oi");
}

TEST(Layout, OfExpertsIsOneMatrixEach)
{
    EXPECT_EQ(lettersOf({tensor("model.layers.0.mlp.experts.gate_up_proj", {32, 2880, 5760})}), "erc");
    EXPECT_EQ(lettersOf({tensor("experts.w1", {8, 64, 3})}), "erc");
    EXPECT_EQ(lettersOf({tensor("w", {8, 96, 64})}), "erc");
}

TEST(Layout, OfGpt2sConv1dIsInOut)
{
    EXPECT_EQ(lettersOf({tensor("h.0.attn.c_attn.weight", {768, 2304})}), "io");
    EXPECT_EQ(lettersOf({tensor("h.0.mlp.c_fc.weight", {768, 3072})}), "io");
    EXPECT_EQ(lettersOf({tensor("h.0.mlp.c_proj.weight", {3072, 768})}), "io");
    EXPECT_EQ(lettersOf({tensor("transformer.resblocks.0.mlp.c_fc.weight", {3072, 768})}), "oi"); // CLIP's linear layers
    EXPECT_EQ(lettersOf({tensor("transformer.resblocks.0.mlp.c_proj.weight", {768, 3072})}), "oi");
}

TEST(Layout, OfKerasIsInOut)
{
    EXPECT_EQ(lettersOf({tensor("layers/dense/vars/0", {64, 48})}, "HDF5"), "io");
    EXPECT_EQ(lettersOf({tensor("layers/conv2d/vars/0", {7, 7, 3, 16})}, "HDF5"), "hwio");
    EXPECT_EQ(lettersOf({tensor("layers/conv2d_2/vars/0", {1, 1, 32, 64})}, "HDF5"), "hwio");
    EXPECT_EQ(lettersOf({tensor("layers/conv3d/vars/0", {3, 3, 3, 8, 16})}, "HDF5"), "dhwio");
    EXPECT_EQ(lettersOf({tensor("layers/conv2d_transpose/vars/0", {3, 3, 16, 32})}, "HDF5"), "hwoi");
    EXPECT_EQ(lettersOf({tensor("layers/depthwise_conv2d/vars/0", {3, 3, 32, 1})}, "HDF5"), "");
    EXPECT_EQ(lettersOf({tensor("conv5/kernel", {5, 5, 8, 16})}, "HDF5"), "hwio"); // nothing but the name
    EXPECT_EQ(lettersOf({tensor("model_weights/dense/dense/kernel:0", {64, 48})}, "HDF5", keras), "io");
    EXPECT_EQ(lettersOf({tensor("params.Conv_0.kernel", {3, 3, 16, 32})}, "safetensors", {{"format", "flax"}}), "hwio");
}

TEST(Layout, OfKerasAttentionJoinsHeads)
{
    const TensorInfo bias = tensor("layers/mha/query_dense/vars/1", {4, 16});
    EXPECT_EQ(lettersOf({tensor("layers/mha/query_dense/vars/0", {64, 4, 16}), bias}, "HDF5"), "ioo");
    EXPECT_EQ(lettersOf({bias, tensor("layers/mha/query_dense/vars/0", {64, 4, 16})}, "HDF5"), ""); // the bias
    EXPECT_EQ(
        lettersOf({tensor("layers/mha/output_dense/vars/0", {4, 16, 64}), tensor("layers/mha/output_dense/vars/1", {64})},
                  "HDF5"),
        "iio");
    EXPECT_EQ(lettersOf({tensor("layers/einsum_dense/vars/0", {64, 4, 16}), tensor("layers/einsum_dense/vars/1", {4, 16})},
                        "HDF5"),
              "ioo");
    EXPECT_EQ(lettersOf({tensor("layers/conv1d/vars/0", {5, 64, 32}), tensor("layers/conv1d/vars/1", {32})}, "HDF5"), "wio");
    EXPECT_EQ(lettersOf({tensor("a/attention_output/kernel:0", {4, 16, 64}), tensor("a/attention_output/bias:0", {64})},
                        "HDF5", keras),
              "iio");
    EXPECT_EQ(lettersOf({tensor("a/query/bias:0", {4, 16}), tensor("a/query/kernel:0", {64, 4, 16})}, "HDF5", keras), "");
    // A recurrent layer's second kernel is a matrix.
    EXPECT_EQ(
        lettersOf({tensor("layers/lstm/cell/vars/1", {32, 128}), tensor("layers/lstm/cell/vars/0", {64, 128})}, "HDF5"),
        "io");
}

TEST(Layout, OfMasksIsThatOfTheirWeights)
{
    EXPECT_EQ(lettersOf({tensor("conv.weight/mask", {64, 32, 3, 3})}, "HDF5"), "oihw");
    EXPECT_EQ(lettersOf({tensor("layers/conv2d/vars/0/mask", {3, 3, 32, 64})}, "HDF5"), "hwio");
}

TEST(Layout, NamesWhatItSees)
{
    std::vector<TensorInfo> tensors{tensor("conv.weight", {64, 32, 3, 3}), tensor("fc.weight", {48, 64}),
                                    tensor("odd", {2, 2, 2, 2, 2, 2}), tensor("dw.weight", {32, 1, 3, 3})};
    determineAxes(tensors, "safetensors", {});
    EXPECT_EQ(tensors[0].axesText(), "conv2d kernel, 9 matrices 64 × 32 (out × in)");
    EXPECT_EQ(tensors[1].axesText(), "linear, 48 × 64 (out × in)");
    EXPECT_THAT(tensors[2].axesText(), testing::HasSubstr("tensor of 6 dimensions: say with --axes which are the matrix"));
    EXPECT_FALSE(tensors[2].isMatrix());
    EXPECT_EQ(tensors[3].axesText(), "depthwise conv2d kernel, 9 matrices 32 × 1 (out × in)");
}

TEST(TensorInfo, OneMatrixOfAStackIsATensor)
{
    std::vector<TensorInfo> tensors{tensor("conv.weight", {64, 32, 3, 5})};
    determineAxes(tensors, "safetensors", {});
    const TensorInfo &conv = tensors.front();
    EXPECT_EQ(conv.rows(), 15 * 64);
    EXPECT_EQ(conv.cols(), 32);
    EXPECT_EQ(conv.rawRows(), 64);
    EXPECT_EQ(conv.rawCols(), 32 * 15);
    const TensorInfo one = matrixOf(conv, 7);
    EXPECT_EQ(one.path, "conv.weight[1,2]");
    EXPECT_EQ(one.tensorPath(), "conv.weight");
    EXPECT_EQ(one.rows(), 64);
    EXPECT_EQ(one.matrices(), 1);
    EXPECT_EQ(one.elements(), 64 * 32);
    EXPECT_TRUE(one.isMatrix());
}

} // namespace nms::test
