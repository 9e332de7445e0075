// SPDX-License-Identifier: Apache-2.0
// Small models as Keras 3 and safetensors saved them (data/models/make.py): the axes of every tensor, and its bits.
#include "core/io/weights_file.h"
#include "core/tensor/tensor_role.h"

#include <bit>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace nms::test {

namespace {

struct Model {
    const char *file;
    std::map<std::string, std::string> axes; // by the end of a path; what is not named is no matrix
};

const std::map<std::string, std::string> attention3 = {
    {"conv1d/vars/0", "conv1d kernel, 3 matrices 12 × 8 (in × out)"},
    {"query_dense/vars/0", "attention kernel (in, heads, dim), 8 × 8 (in × out)"},
    {"key_dense/vars/0", "attention kernel (in, heads, dim), 8 × 8 (in × out)"},
    {"value_dense/vars/0", "attention kernel (in, heads, dim), 8 × 8 (in × out)"},
    {"output_dense/vars/0", "attention kernel (heads, dim, out), 8 × 8 (in × out)"},
    {"lstm/cell/vars/0", "dense kernel, 8 × 16 (in × out)"},
    {"lstm/cell/vars/1", "dense kernel, 4 × 16 (in × out)"},
    {"dense/vars/0", "dense kernel, 4 × 8 (in × out)"},
};
const std::map<std::string, std::string> vision3 = {
    {"layers/conv2d/vars/0", "conv2d kernel, 9 matrices 4 × 8 (in × out)"},
    {"conv2d_transpose/vars/0", "conv2d kernel, 4 matrices 4 × 8 (out × in)"},
    {"dense/vars/0", "dense kernel, 4 × 8 (in × out)"},
};

const Model models[] = {
    {"attention.keras", attention3},
    {"attention.weights.h5", attention3},
    {"attention.keras2.h5",
     {{"embed/kernel", "conv1d kernel, 3 matrices 12 × 8 (in × out)"},
      {"query/kernel", "attention kernel (in, heads, dim), 8 × 8 (in × out)"},
      {"key/kernel", "attention kernel (in, heads, dim), 8 × 8 (in × out)"},
      {"value/kernel", "attention kernel (in, heads, dim), 8 × 8 (in × out)"},
      {"attention_output/kernel", "attention kernel (heads, dim, out), 8 × 8 (in × out)"},
      {"lstm_cell/kernel", "dense kernel, 8 × 16 (in × out)"},
      {"lstm_cell/recurrent_kernel", "dense kernel, 4 × 16 (in × out)"},
      {"last/kernel", "dense kernel, 4 × 8 (in × out)"}}},
    {"vision.keras", vision3},
    {"vision.weights.h5", vision3},
    {"vision.keras2.h5",
     {{"conv/kernel", "conv2d kernel, 9 matrices 4 × 8 (in × out)"},
      {"up/kernel", "conv2d kernel, 4 matrices 4 × 8 (in × out)"}, // nothing in this file says that it is transposed
      {"last/kernel", "dense kernel, 4 × 8 (in × out)"}}},
    {"torch.safetensors",
     {{"conv1.weight", "conv2d kernel, 9 matrices 8 × 4 (out × in)"},
      {"up_proj.weight", "linear, 8 × 12 (out × in)"},
      {"gate_up_proj", "stack of experts, 3 matrices 8 × 12 (rows × columns)"},
      {"c_attn.weight", "GPT-2 Conv1D, 4 × 12 (in × out)"},
      {"conv1d.weight", "conv1d kernel, 5 matrices 8 × 4 (out × in)"}}},
};

/// The one whose key the path ends in, behind a "/" or "."; empty where there is none.
std::string expectedAxes(const Model &model, const std::string &path)
{
    for (const auto &[end, axes] : model.axes)
        if (path == end || path.ends_with("/" + end) || path.ends_with("." + end))
            return axes;
    return {};
}

float numberAt(std::int64_t element)
{
    return float(element % 251) / 8;
}

} // namespace

TEST(ModelFiles, AxesAndBitsAreTheFrameworks)
{
    for (const Model &model : models) {
        SCOPED_TRACE(model.file);
        const auto source = openWeights(std::string(NMS_SOURCE_DIR "/tests/unit/data/models/") + model.file);
        ASSERT_TRUE(source) << source.error().line();
        const TensorNames names((*source)->tensors());
        std::size_t matrices = 0;
        for (const TensorInfo &tensor : (*source)->tensors()) {
            SCOPED_TRACE(tensor.path);
            if (roleOf(tensor, names) == TensorRole::OptimizerState || tensor.dtype != DType::F32)
                continue;
            std::vector<float> raw(std::size_t(tensor.elements()));
            ASSERT_TRUE((*source)->readRawRows(tensor, 0, tensor.rawRows(), std::as_writable_bytes(std::span(raw))));
            for (std::size_t i = 0; i < raw.size(); ++i)
                ASSERT_EQ(std::bit_cast<std::uint32_t>(raw[i]), std::bit_cast<std::uint32_t>(numberAt(std::int64_t(i))));
            const std::string expected = expectedAxes(model, tensor.path);
            if (expected.empty()) {
                EXPECT_FALSE(tensor.isMatrix()) << tensor.axesText();
                continue;
            }
            EXPECT_EQ(tensor.axesText(), expected);
            EXPECT_EQ(roleOf(tensor, names), TensorRole::Weight);
            ++matrices;
            const Stack stack = tensor.stack();
            Matrix<float> values(tensor.rows(), tensor.cols());
            ASSERT_TRUE((*source)->readRows(tensor, 0, values.span()));
            for (std::int64_t row = 0; row < values.rows(); ++row)
                for (std::int64_t col = 0; col < values.cols(); ++col)
                    ASSERT_EQ(values(row, col), numberAt(stack.rowOffset(row) + stack.columnOffset(col)));
        }
        EXPECT_EQ(matrices, model.axes.size());
    }
}

} // namespace nms::test
