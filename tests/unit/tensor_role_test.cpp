// SPDX-License-Identifier: Apache-2.0
// Roles of tensors by the names of well-known models (tests/unit/data/roles.txt).
#include "core/tensor/tensor_role.h"

#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <sstream>

namespace nms {
namespace {

struct Expected {
    std::string model;
    TensorRole role;
    TensorInfo tensor;
};

TensorRole roleNamed(const std::string &name)
{
    static const std::map<std::string, TensorRole> roles = {
        {"weight", TensorRole::Weight}, {"embedding", TensorRole::Embedding},
        {"head", TensorRole::Head},     {"norm", TensorRole::Norm},
        {"bias", TensorRole::Bias},     {"scale", TensorRole::Scale},
        {"buffer", TensorRole::Buffer}, {"optimizer", TensorRole::OptimizerState},
    };
    return roles.at(name);
}

/// By file.
std::vector<std::vector<Expected>> readFixture()
{
    std::ifstream file(NMS_SOURCE_DIR "/tests/unit/data/roles.txt");
    std::vector<std::vector<Expected>> files;
    std::string model;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## ")) {
            model = line.substr(3);
            files.emplace_back();
        }
        if (line.starts_with("#"))
            continue;
        std::istringstream words(line);
        std::string role, shape;
        Expected expected{model, {}, {}};
        words >> role >> shape >> expected.tensor.path;
        expected.role = roleNamed(role);
        expected.tensor.dtype = DType::F32;
        std::istringstream sides(shape);
        for (std::string side; shape != "scalar" && std::getline(sides, side, 'x');)
            expected.tensor.shape.push_back(std::stoll(side));
        files.back().push_back(std::move(expected));
    }
    return files;
}

TEST(TensorRole, OfWellKnownModels)
{
    const auto files = readFixture();
    ASSERT_GT(files.size(), 30U);
    std::size_t count = 0;
    for (const std::vector<Expected> &file : files) {
        std::vector<TensorInfo> tensors;
        tensors.reserve(file.size());
        for (const Expected &expected : file)
            tensors.push_back(expected.tensor);
        const TensorNames names(tensors);
        for (std::size_t i = 0; i < file.size(); ++i, ++count)
            EXPECT_EQ(nameOf(roleOf(tensors[i], names)), nameOf(file[i].role)) << file[i].model << ": " << tensors[i].path;
    }
    EXPECT_GT(count, 200U);
}

TEST(TensorRole, SiblingsDecideWhereNamesDoNot)
{
    const auto tensor = [](std::string path, std::vector<std::int64_t> shape) {
        TensorInfo info;
        info.path = std::move(path);
        info.shape = std::move(shape);
        return info;
    };
    // A second matrix of a layer is a bias only where a kernel beside it ends in its shape.
    const std::vector<TensorInfo> tensors{tensor("a/vars/0", {64, 4, 16}), tensor("a/vars/1", {4, 16}),
                                          tensor("b/vars/0", {64, 4, 16}), tensor("b/vars/1", {16, 4}),
                                          tensor("c/vars/1", {4, 16})};
    const TensorNames names(tensors);
    EXPECT_EQ(roleOf(tensors[1], names), TensorRole::Bias);
    EXPECT_EQ(roleOf(tensors[3], names), TensorRole::Weight);
    EXPECT_EQ(roleOf(tensors[4], names), TensorRole::Weight);
    // A vector beside a running mean belongs to a norm, whatever its name.
    const std::vector<TensorInfo> norms{tensor("d.1.weight", {8}), tensor("d.1.running_mean", {8}),
                                        tensor("e.1.weight", {8})};
    const TensorNames beside(norms);
    EXPECT_EQ(roleOf(norms[0], beside), TensorRole::Norm);
    EXPECT_EQ(roleOf(norms[2], beside), TensorRole::Weight);
}

TEST(TensorRole, OddNamesAreWeights)
{
    for (const char *path : {"", "/", "...", "::", ":0", "vars", "0", "vars/1", "_1", "weight", "a..b", "\xff\xfe"}) {
        TensorInfo info;
        info.path = path;
        info.shape = {8, 8};
        const std::vector<TensorInfo> tensors{info};
        EXPECT_EQ(roleOf(info, TensorNames(tensors)), TensorRole::Weight) << path;
    }
}

TEST(TensorRole, ReasonsStandBehindAName)
{
    EXPECT_EQ(reasonOf(TensorRole::Weight), "");
    for (const TensorRole role : {TensorRole::Embedding, TensorRole::Head, TensorRole::Norm, TensorRole::Bias,
                                  TensorRole::OptimizerState, TensorRole::Scale, TensorRole::Buffer})
        EXPECT_TRUE(reasonOf(role).starts_with("is ") || reasonOf(role).starts_with("belongs ")) << reasonOf(role);
}

} // namespace
} // namespace nms
