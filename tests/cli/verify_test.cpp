// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"

namespace nms::test {

using testing::HasSubstr;
using Json = nlohmann::json;

class CliVerify : public CliTest
{
protected:
    CliVerify()
    {
        writeSafetensors(path("w.safetensors"),
                         {{"first", gaussianTensor({64, 64}, 1)}, {"second", gaussianTensor({40, 50}, 2)}});
    }

    void solve(const std::string &out, const std::vector<std::string> &more)
    {
        std::vector<std::string> arguments{"solve", path("w.safetensors"), "-o", path(out)};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Finished finished = runProgram(arguments);
        ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    }
};

TEST_F(CliVerify, AcceptsWhatSolveWrites)
{
    for (const std::string method :
         {"exact", "dykstra", "greedy", "greedy+swap", "bi-nm", "row-nm", "col-nm", "unstructured"}) {
        for (const std::string out : {"m.h5", "m.safetensors"}) {
            for (const std::string form : {"", "--packed", "--apply"}) {
                SCOPED_TRACE(testing::PrintToString(std::vector<std::string>{method, out, form}));
                std::vector<std::string> more{"--pattern", "4:8", "--method", method};
                if (!form.empty())
                    more.push_back(form);
                solve(out, more);
                std::vector<std::string> arguments{"verify", path(out), "--weights", path("w.safetensors")};
                const bool isLoose = form == "--apply" && method == "unstructured"; // of which no N:M pattern holds
                if (isLoose)
                    arguments.insert(arguments.end(), {"--pattern", "4:8"});
                const Finished finished = runProgram(arguments);
                EXPECT_EQ(finished.exitStatus, isLoose ? 1 : 0) << finished.out << finished.err;
            }
        }
    }
}

TEST_F(CliVerify, TellsHowAMaskWasMade)
{
    for (const std::string out : {"m.h5", "m.safetensors"})
        for (const std::string form : {"", "--packed"}) {
            SCOPED_TRACE(out + form);
            std::vector<std::string> made{"--pattern",   "4:8",   "--method",     "dykstra",
                                          "--tolerance", "0.005", "--warm-start", "capped"};
            std::vector<std::string> plain{"--pattern", "4:8", "--method", "greedy"};
            if (!form.empty()) {
                made.push_back(form);
                plain.push_back(form);
            }
            solve(out, made);
            const Json verified = jsonOf(runProgram({"verify", path(out), "--json"}))["tensors"][0];
            EXPECT_EQ(verified["tolerance"], 0.005);
            EXPECT_EQ(verified["warm_start"], "capped");
            const std::string text = "dykstra from capped, stopped at 0.5 %";
            EXPECT_THAT(runProgram({"verify", path(out)}).out, HasSubstr(text));
            const Json inspected = jsonOf(runProgram({"inspect", path(out), "--json"}))["tensors"][0]["mask"];
            EXPECT_EQ(inspected["pattern"], "4:8");
            EXPECT_EQ(inspected["method"], "dykstra");
            EXPECT_EQ(inspected["tolerance"], 0.005);
            EXPECT_EQ(inspected["warm_start"], "capped");
            EXPECT_THAT(runProgram({"inspect", path(out)}).out, HasSubstr("keeps 4:8 by " + text));

            solve(out, plain);
            const Json old = jsonOf(runProgram({"verify", path(out), "--json"}))["tensors"][0];
            EXPECT_FALSE(old.contains("tolerance") || old.contains("warm_start"));
            EXPECT_THAT(runProgram({"inspect", path(out)}).out, HasSubstr("keeps 4:8 by greedy\n"));
        }
}

TEST_F(CliVerify, RecomputesObjectiveAndGap)
{
    solve("m.h5", {"--pattern", "4:8"});
    const Json exact = jsonOf(runProgram({"verify", path("m.h5"), "--weights", path("w.safetensors"), "--json"}));
    EXPECT_EQ(exact["holds"], true);
    for (const Json &tensor : exact["tensors"])
        EXPECT_LE(tensor["relative_gap"].get<double>(), 1e-12);
    solve("g.h5", {"--pattern", "4:8", "--method", "greedy"});
    const Json greedy = jsonOf(runProgram({"verify", path("g.h5"), "--weights", path("w.safetensors"), "--json"}));
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_GT(greedy["tensors"][i]["relative_gap"].get<double>(), 0);
        EXPECT_LT(greedy["tensors"][i]["relative_gap"].get<double>(), 0.1);
        EXPECT_NEAR(greedy["tensors"][i]["upper_bound"].get<double>(), exact["tensors"][i]["objective"].get<double>(), 1e-9);
    }
}

TEST_F(CliVerify, NamesTheTileWhereOneBitIsFlipped)
{
    solve("m.safetensors", {"--pattern", "8:16", "--tensor", "first"});
    std::string bytes = readFile(path("m.safetensors"));
    // The data of the only mask ends the file; row 35, column 20 lies in tile (2, 1).
    char &cell = bytes[bytes.size() - 64 * 64 + 35 * 64 + 20];
    const int kept = cell != 0 ? 7 : 9;
    cell = static_cast<char>(1 - cell);
    writeBytes(path("m.safetensors"), bytes);

    const Finished finished = runProgram({"verify", path("m.safetensors")});
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.out, HasSubstr("first: tile (2, 1): row 35 keeps " + std::to_string(kept)));
    EXPECT_THAT(finished.out, HasSubstr("first: tile (2, 1): column 20 keeps " + std::to_string(kept)));
    const Json report = jsonOf(runProgram({"verify", path("m.safetensors"), "--json"}));
    EXPECT_EQ(report["holds"], false);
    EXPECT_EQ(report["tensors"][0]["violating_tiles"], 1);
    EXPECT_EQ(report["tensors"][0]["violations"].size(), 2U);
}

TEST_F(CliVerify, NamesPackedTilesToo)
{
    solve("m.safetensors", {"--pattern", "8:16", "--tensor", "first", "--packed"});
    std::string bytes = readFile(path("m.safetensors"));
    bytes[bytes.size() - 1] = static_cast<char>(bytes[bytes.size() - 1] ^ 1); // row 63, column 63
    writeBytes(path("m.safetensors"), bytes);
    const Finished finished = runProgram({"verify", path("m.safetensors")});
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.out, HasSubstr("first: tile (3, 3): row 63 keeps"));
}

TEST_F(CliVerify, ListsSixteenViolationsAndCountsAll)
{
    solve("m.safetensors", {"--pattern", "8:16", "--tensor", "first"});
    const Json report = jsonOf(runProgram({"verify", path("m.safetensors"), "--pattern", "4:16", "--json"}));
    EXPECT_EQ(report["tensors"][0]["violations"].size(), 16U);
    EXPECT_EQ(report["tensors"][0]["violating_tiles"], 16);
}

TEST_F(CliVerify, RefusesBytesThatAreNoBits)
{
    solve("m.safetensors", {"--pattern", "8:16", "--tensor", "first"});
    std::string bytes = readFile(path("m.safetensors"));
    bytes.back() = 2;
    writeBytes(path("m.safetensors"), bytes);
    const Finished finished = runProgram({"verify", path("m.safetensors")});
    EXPECT_EQ(finished.exitStatus, 1);
    expectOneLineOfError(finished, "verify");
    EXPECT_THAT(finished.err, HasSubstr("63"));
}

TEST_F(CliVerify, DoesNotBelieveClaimsAboutOtherWeights)
{
    solve("m.h5", {"--pattern", "4:8"});
    writeSafetensors(path("other.safetensors"),
                     {{"first", gaussianTensor({64, 64}, 11)}, {"second", gaussianTensor({40, 50}, 12)}});
    const Finished finished = runProgram({"verify", path("m.h5"), "--weights", path("other.safetensors")});
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.out, HasSubstr("first: the file says objective"));
}

TEST_F(CliVerify, WeightsThatDoNotFit)
{
    solve("m.h5", {"--pattern", "4:8"});
    writeSafetensors(path("other.safetensors"), {{"first", gaussianTensor({64, 32}, 11)}});
    const Finished finished = runProgram({"verify", path("m.h5"), "--weights", path("other.safetensors")});
    EXPECT_EQ(finished.exitStatus, 1);
    expectOneLineOfError(finished, "verify");
    EXPECT_THAT(finished.err, HasSubstr("64×32"));
}

TEST_F(CliVerify, WeightsAreNoMasks)
{
    const Finished finished = runProgram({"verify", path("w.safetensors")});
    EXPECT_EQ(finished.exitStatus, 1);
    expectOneLineOfError(finished, "verify");
}

} // namespace nms::test
