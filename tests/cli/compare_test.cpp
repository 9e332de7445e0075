// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"

#include <sstream>

namespace nms::test {

using testing::HasSubstr;
using Json = nlohmann::json;

class CliCompare : public CliTest
{
protected:
    CliCompare()
    {
        writeSafetensors(path("w.safetensors"),
                         {{"odd,name", gaussianTensor({64, 64}, 1)}, {"bias", gaussianTensor({64}, 2)}});
    }
};

std::vector<std::string> linesOf(const std::string &text)
{
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

TEST_F(CliCompare, CsvHasALineForEachMask)
{
    const Finished finished = runProgram(
        {"compare", path("w.safetensors"), "--patterns", "2:4,8:16", "--methods", "exact,greedy,row-nm", "--csv"});
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    const std::vector<std::string> lines = linesOf(finished.out);
    ASSERT_EQ(lines.size(), 7U);
    EXPECT_EQ(lines[0],
              "path,pattern,method,transposable,kept_magnitude,relative_gap,relative_squared_error,kept_fraction,objective,"
              "upper_bound,tiles,seconds,backend,not_converged,worst_residual,iterations_mean");
    EXPECT_THAT(lines[1], testing::StartsWith("\"odd,name\",2:4,exact,true,0."));
    EXPECT_THAT(lines[6], testing::StartsWith("\"odd,name\",8:16,row-nm,false,0."));
}

TEST_F(CliCompare, FiguresAreInTheOrderThatMathematicsAsksFor)
{
    const Finished finished = runProgram({"compare", path("w.safetensors"), "--patterns", "8:16", "--methods",
                                          "exact,dykstra,greedy,row-nm,unstructured", "--json"});
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    const Json report = jsonOf(finished);
    std::map<std::string, Json> byMethod;
    for (const Json &row : report["tensors"])
        byMethod[row["method"]] = row;
    ASSERT_EQ(byMethod.size(), 5U);
    const auto kept = [&](const char *method) {
        return byMethod[method]["kept_magnitude"].get<double>();
    };
    EXPECT_GT(kept("unstructured"), kept("row-nm"));
    EXPECT_GT(kept("row-nm"), kept("exact"));
    EXPECT_GE(kept("exact"), kept("dykstra"));
    EXPECT_GT(kept("dykstra"), kept("greedy"));
    EXPECT_LE(byMethod["exact"]["relative_gap"].get<double>(), 1e-12);
    EXPECT_EQ(report["skipped"][0]["path"], "bias");
    for (const char *key : {"backend", "version"})
        EXPECT_TRUE(report.contains(key));
}

TEST_F(CliCompare, TableOfAllMethods)
{
    const Finished finished = runProgram({"compare", path("w.safetensors"), "--patterns", "2:4"});
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    for (const char *method : {"exact", "dykstra", "greedy", "row-nm", "col-nm", "unstructured"})
        EXPECT_THAT(finished.out, HasSubstr(method));
    EXPECT_THAT(finished.out, HasSubstr("skipped bias"));
}

TEST_F(CliCompare, TargetFindsTheSmallestSufficientN)
{
    std::string every;
    for (int n = 1; n <= 8; ++n)
        every += (n > 1 ? "," : "") + std::to_string(n) + ":8";
    const Json all =
        jsonOf(runProgram({"compare", path("w.safetensors"), "--patterns", every, "--methods", "exact", "--json"}));
    for (const char *target : {"80%", "0.95", "99.5%"}) {
        SCOPED_TRACE(target);
        const Finished finished =
            runProgram({"compare", path("w.safetensors"), "--patterns", "4:8", "--target", target, "--json"});
        ASSERT_EQ(finished.exitStatus, 0) << finished.err;
        const Json report = jsonOf(finished);
        const double share = report["target"];
        std::string wanted;
        for (const Json &mask : all["tensors"])
            if (wanted.empty() && mask["kept_magnitude"] >= share)
                wanted = mask["pattern"];
        EXPECT_EQ(report["tensors"][0]["sufficient"][0]["pattern"], wanted);
        EXPECT_EQ(report["model"]["sufficient"][0]["pattern"], wanted);
        EXPECT_GT(report["tensors"][0]["costs"][0]["price"], 0);
    }
    const Finished table = runProgram({"compare", path("w.safetensors"), "--target", "95%"});
    EXPECT_EQ(table.exitStatus, 0) << table.err;
    EXPECT_THAT(table.out, HasSubstr("whole model"));
    EXPECT_THAT(table.out, HasSubstr("M = 32"));
    for (const char *target : {"0", "100%", "1", "-5%", "much", "95%%", "nan"})
        EXPECT_EQ(runProgram({"compare", path("w.safetensors"), "--target", target}).exitStatus, 2) << target;
}

} // namespace nms::test
