// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"

#include <cmath>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::json;

class CliInspect : public CliTest
{ };

TEST_F(CliInspect, ListsTheSample)
{
    const Finished finished = runProgram({"inspect", sample(), "--json"});
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    const Json report = jsonOf(finished);
    EXPECT_EQ(report["file"], sample());
    EXPECT_EQ(report["format"], "HDF5");
    ASSERT_EQ(report["tensors"].size(), 6U);
    for (const Json &tensor : report["tensors"]) {
        EXPECT_EQ(tensor["dtype"], "f16");
        EXPECT_EQ(tensor["shape"].size(), 2U);
        EXPECT_GE(tensor["sparsity"].get<double>(), 0);
        EXPECT_LT(tensor["sparsity"].get<double>(), 0.01);
        for (const char *along : {"rows", "columns", "transposable"})
            EXPECT_TRUE(tensor["patterns"][along].is_array());
    }
    const Finished text = runProgram({"inspect", sample()});
    EXPECT_EQ(text.exitStatus, 0);
    EXPECT_THAT(text.out, HasSubstr(queryPath));
    EXPECT_THAT(text.out, HasSubstr("1536×384"));
    EXPECT_FALSE(report["tensors"][0].contains("mask"));
}

TEST_F(CliInspect, FindsPatternsAndCountsOddValues)
{
    std::vector<float> rowsOnly(8 * 8, 0.0F); // 2:4 along rows; whole columns stay
    std::vector<float> diagonal(8 * 8, 0.0F); // 1:4 and 1:8 both ways
    for (std::size_t row = 0; row < 8; ++row) {
        for (const std::size_t col : {0U, 1U, 4U, 5U})
            rowsOnly[row * 8 + col] = 1;
        diagonal[row * 8 + row] = -1;
    }
    std::vector<float> odd(8 * 8, 1.0F);
    odd[7] = std::nanf("");
    writeSafetensors(path("w.safetensors"),
                     {{"bias", gaussianTensor({8}, 1)},
                      {"diagonal", floatTensor({8, 8}, diagonal)},
                      {"odd", floatTensor({8, 8}, odd)},
                      {"rows", floatTensor({8, 8}, rowsOnly)}});
    const Json report = jsonOf(runProgram({"inspect", path("w.safetensors"), "--json"}));
    std::map<std::string, Json> byPath;
    for (const Json &tensor : report["tensors"])
        byPath[tensor["path"]] = tensor;
    ASSERT_EQ(byPath.size(), 4U);
    EXPECT_TRUE(byPath["bias"]["sparsity"].is_null());
    EXPECT_FALSE(byPath["bias"].contains("dead_rows"));
    EXPECT_EQ(byPath["rows"]["dead_rows"], 0);
    EXPECT_EQ(byPath["rows"]["dead_columns"], 4);
    EXPECT_EQ(byPath["diagonal"]["dead_columns"], 0);
    EXPECT_THAT(runProgram({"inspect", path("w.safetensors")}).out, HasSubstr("rows: 4 columns hold nothing but zeros"));
    EXPECT_DOUBLE_EQ(byPath["rows"]["sparsity"], 0.5);
    EXPECT_THAT(byPath["rows"]["patterns"]["rows"].get<std::vector<std::string>>(), testing::Contains("2:4"));
    EXPECT_THAT(byPath["rows"]["patterns"]["columns"].get<std::vector<std::string>>(),
                testing::Not(testing::Contains("2:4")));
    EXPECT_THAT(byPath["rows"]["patterns"]["transposable"].get<std::vector<std::string>>(), ElementsAre());
    EXPECT_THAT(byPath["diagonal"]["patterns"]["transposable"].get<std::vector<std::string>>(),
                testing::IsSupersetOf({std::string("1:4"), std::string("1:8")}));
    EXPECT_EQ(byPath["odd"]["non_finite"], 1);
    EXPECT_THAT(runProgram({"inspect", path("w.safetensors")}).out, HasSubstr("odd: 1 values are NaN or Inf"));
}

} // namespace nms::test
