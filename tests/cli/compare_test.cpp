// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"

#include <cstdio>
#include <regex>
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

/// What a strict XML reader says of it: attributes quoted, elements closed, but for HTML's void elements.
void expectWellFormed(const std::string &page)
{
    std::vector<std::string> open;
    static const std::regex tag("<(/?)([a-z0-9]+)((?:[^<>\"]|\"[^\"]*\")*)>");
    const std::string body = page.substr(page.find("<html"));
    for (std::sregex_iterator it(body.begin(), body.end(), tag), end; it != end; ++it) {
        const std::string name = (*it)[2];
        if (name == "meta")
            continue;
        if ((*it)[1].length() == 0) {
            open.push_back(name);
        } else {
            ASSERT_FALSE(open.empty()) << name;
            EXPECT_EQ(open.back(), name);
            open.pop_back();
        }
    }
    EXPECT_TRUE(open.empty());
}

TEST_F(CliCompare, HtmlIsOnePageWithEveryFigure)
{
    const std::string name = "<script>alert(1)</script>&\"x\"";
    writeSafetensors(path("h.safetensors"), {{name, gaussianTensor({40, 24}, 3)}});
    const std::vector<std::string> arguments{"compare", path("h.safetensors"), "--patterns", "2:4,4:8"};
    const auto with = [&](std::initializer_list<std::string> more) {
        std::vector<std::string> all = arguments;
        all.insert(all.end(), more);
        return runProgram(all);
    };
    for (const bool overview : {false, true}) {
        SCOPED_TRACE(overview);
        const Finished page =
            overview ? with({"--target", "90%", "--html"}) : with({"--methods", "exact,greedy,row-nm", "--html"});
        ASSERT_EQ(page.exitStatus, 0) << page.err;
        expectWellFormed(page.out);
        EXPECT_EQ(page.out.find("<script"), std::string::npos);
        EXPECT_EQ(page.out.find("http"), std::string::npos) << "nothing from elsewhere";
        EXPECT_THAT(page.out, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;x&quot;"));
        const Json figures =
            jsonOf(overview ? with({"--target", "90%", "--json"}) : with({"--methods", "exact,greedy,row-nm", "--json"}));
        char text[32];
        for (const Json &tensor : figures["tensors"]) {
            if (!overview) {
                std::snprintf(text, sizeof text, ">%.3f %%<", 100 * tensor["kept_magnitude"].get<double>());
                EXPECT_THAT(page.out, HasSubstr(text));
                continue;
            }
            for (const Json &cost : tensor["costs"]) {
                std::snprintf(text, sizeof text, ">%.2f %%<", 100 * cost["kept_score"].get<double>());
                EXPECT_THAT(page.out, HasSubstr(text));
            }
            for (const Json &sufficient : tensor["sufficient"])
                EXPECT_THAT(page.out, HasSubstr(">" + sufficient["pattern"].get<std::string>() + "<"));
        }
    }
    EXPECT_EQ(with({"--html", "--json"}).exitStatus, 2);
    EXPECT_EQ(with({"--html", "--csv"}).exitStatus, 2);
}

} // namespace nms::test
