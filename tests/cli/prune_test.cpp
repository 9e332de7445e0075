// SPDX-License-Identifier: Apache-2.0
// nmscope prune, as a user runs it: what lies in the files that leave is read back from their bytes alone.
#include "tests/cli/cli_fixture.h"

#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;

class CliPrune : public CliTest
{
protected:
    void SetUp() override
    {
        m_weights = {{"a.weight", gaussianTensor({48, 40}, 1)},
                     {"a.bias", gaussianTensor({48}, 2)},
                     {"b.weight", gaussianTensor({31, 48}, 3)}};
        m_inputs = {{"a/weight", gaussianTensor({300, 40}, 4)}, {"b/weight", gaussianTensor({300, 48}, 5)}};
        writeSafetensors(path("w.safetensors"), m_weights);
        writeSafetensors(path("x.safetensors"), m_inputs);
    }

    Finished prune(const std::vector<std::string> &more, const std::string &framework = "alps",
                   const std::string &pattern = "4:8")
    {
        std::vector<std::string> arguments = {"prune",
                                              path("w.safetensors"),
                                              "--calibration",
                                              path("x.safetensors"),
                                              "--framework",
                                              framework,
                                              "--pattern",
                                              pattern,
                                              "-o",
                                              path("out.safetensors")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return runProgram(arguments);
    }

    static std::vector<float> floatsOf(const RawTensor &tensor)
    {
        std::vector<float> values(tensor.bytes.size() / sizeof(float));
        std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
        return values;
    }

    /// ‖X(W − Ŵ)ᵀ‖²/‖XWᵀ‖² in double from the files' own numbers.
    double error(const std::string &tensor, const std::string &inputs) const
    {
        const std::vector<float> w = floatsOf(m_weights.at(tensor)), x = floatsOf(m_inputs.at(inputs));
        const std::vector<float> p = floatsOf(readSafetensors(path("out.safetensors")).at(tensor));
        const std::int64_t rows = m_weights.at(tensor).shape[0], cols = m_weights.at(tensor).shape[1];
        double lost = 0, whole = 0;
        for (std::size_t sample = 0; sample < x.size() / std::size_t(cols); ++sample)
            for (std::int64_t row = 0; row < rows; ++row) {
                double difference = 0, product = 0;
                for (std::int64_t col = 0; col < cols; ++col) {
                    const double input = double(x[sample * std::size_t(cols) + std::size_t(col)]);
                    const auto cell = std::size_t(row * cols + col);
                    difference += input * (double(w[cell]) - double(p[cell]));
                    product += input * double(w[cell]);
                }
                lost += difference * difference;
                whole += product * product;
            }
        return lost / whole;
    }

    RawTensors m_weights, m_inputs;
};

TEST_F(CliPrune, TheReportedErrorIsThatOfTheFile)
{
    for (const std::string framework : {"magnitude", "wanda", "sparsegpt", "alps"})
        for (const std::string kind : {"transposable", "row-nm", "unstructured"}) {
            const Finished finished = prune({"--kind", kind, "--json", "--masks", path("m.safetensors")}, framework);
            const nlohmann::json report = jsonOf(finished);
            ASSERT_EQ(report["tensors"].size(), 2U);
            double mean = 0;
            for (const nlohmann::json &tensor : report["tensors"]) {
                const std::string name = tensor["path"];
                const double own = error(name, name.substr(0, 1) + "/weight");
                EXPECT_NEAR(tensor["error"].get<double>(), own, 1e-4 * own) << framework << " " << kind;
                EXPECT_EQ(tensor["framework"], framework);
                EXPECT_EQ(tensor["kind"], kind);
                mean += own / 2;
            }
            EXPECT_NEAR(report["mean_error"].get<double>(), mean, 1e-4 * mean);
            const RawTensors out = readSafetensors(path("out.safetensors")), masks = readSafetensors(path("m.safetensors"));
            EXPECT_EQ(out.at("a.bias"), m_weights.at("a.bias"));
            for (const char *name : {"a.weight", "b.weight"}) {
                const std::vector<float> values = floatsOf(out.at(name));
                const std::string &mask = masks.at(std::string(name) + "/mask").bytes;
                for (std::size_t i = 0; i < values.size(); ++i)
                    ASSERT_EQ(values[i] != 0, mask[i] == 1) << framework << " " << kind << " " << name << " " << i;
            }
            if (kind != "unstructured") {
                EXPECT_EQ(runProgram({"verify", path("m.safetensors"), "--weights", path("w.safetensors")}).exitStatus, 0)
                    << framework << " " << kind;
            }
        }
}

TEST_F(CliPrune, ATableForPeopleSaysWhatWasDone)
{
    const Finished finished = prune({});
    EXPECT_EQ(finished.exitStatus, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("a.weight"));
    EXPECT_THAT(finished.out, HasSubstr("mean (dense: 0 %)"));
    EXPECT_THAT(finished.out, HasSubstr("ALPS, keep 4:8 transposable by exact"));
}

TEST_F(CliPrune, NVariesByBlockAtTheSameCount)
{
    const nlohmann::json plain = jsonOf(prune({"--json"}, "wanda")),
                         varied = jsonOf(prune({"--json", "--blocks", "--masks", path("m.safetensors")}, "wanda"));
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_LE(varied["tensors"][i]["error"].get<double>(), plain["tensors"][i]["error"].get<double>());
        EXPECT_LE(varied["tensors"][i]["kept_fraction"].get<double>(), plain["tensors"][i]["kept_fraction"].get<double>());
        EXPECT_GT(varied["tensors"][i]["block_keeps"].size(), 0U);
    }
    EXPECT_EQ(runProgram({"verify", path("m.safetensors")}).exitStatus, 0);
}

TEST_F(CliPrune, ABudgetIsSharedByWhatErrorsCost)
{
    writeBytes(path("s.json"), R"({"a.weight": 1, "b.weight": 100})");
    const nlohmann::json report = jsonOf(prune({"--json", "--budget", "0.5", "--sensitivity", path("s.json")}, "sparsegpt"));
    double kept = 0;
    for (const nlohmann::json &tensor : report["tensors"])
        kept += tensor["kept_fraction"].get<double>() * tensor["shape"][0].get<double>() * tensor["shape"][1].get<double>();
    EXPECT_LE(kept, 0.5 * (48 * 40 + 31 * 48));
    EXPECT_GT(kept, 0.42 * (48 * 40 + 31 * 48));
    EXPECT_LT(report["tensors"][0]["kept_fraction"], report["tensors"][1]["kept_fraction"]);
    const nlohmann::json two =
        jsonOf(prune({"--json", "--budget", "0.5", "--sensitivity", path("s.json"), "--patterns", "2:8,6:8"}, "wanda"));
    for (const nlohmann::json &tensor : two["tensors"])
        EXPECT_THAT(tensor["pattern"].get<std::string>(), testing::AnyOf("2:8", "6:8"));
}

TEST_F(CliPrune, ABudgetWithoutWeightsIsRefusedWithTheReason)
{
    const Finished finished = prune({"--budget", "0.5"});
    EXPECT_EQ(finished.exitStatus, 2);
    expectOneLineOfError(finished, "prune");
    EXPECT_THAT(finished.err, testing::AllOf(HasSubstr("--sensitivity"), HasSubstr("worse")));
    for (const std::string text :
         {"", "[]", R"({"a.weight": -1, "b.weight": 1})", R"({"a.weight": "x"})", R"({"a.weight": 1})"}) {
        writeBytes(path("s.json"), text);
        const Finished refused = prune({"--budget", "0.5", "--sensitivity", path("s.json")});
        EXPECT_EQ(refused.exitStatus, 1) << text;
        expectOneLineOfError(refused, "prune");
    }
    EXPECT_THAT(filesLeft(), ElementsAre("s.json", "w.safetensors", "x.safetensors"));
}

TEST_F(CliPrune, ResumedItGivesTheSameFile)
{
    ASSERT_EQ(prune({}).exitStatus, 0);
    const RawTensors whole = readSafetensors(path("out.safetensors"));
    std::filesystem::remove(path("out.safetensors"));
    // A run that failed after the first tensor: the second one's activations were bad.
    RawTensors broken = m_inputs;
    const float nan = std::nanf("");
    std::memcpy(broken.at("b/weight").bytes.data(), &nan, sizeof nan);
    writeSafetensors(path("x.safetensors"), broken);
    const Finished failed = prune({"--resume"});
    EXPECT_EQ(failed.exitStatus, 1);
    EXPECT_FALSE(std::filesystem::exists(path("out.safetensors")));
    EXPECT_TRUE(std::filesystem::exists(path("out.safetensors.parts")));
    const Finished other = prune({"--resume"}, "wanda");
    EXPECT_EQ(other.exitStatus, 2);
    EXPECT_THAT(other.err, HasSubstr("another job (framework"));
    const nlohmann::json job = nlohmann::json::parse(std::ifstream(path("out.safetensors.parts/job.json")));
    writeSafetensors(path("x.safetensors"), m_inputs);
    EXPECT_EQ(prune({"--resume"}).exitStatus, 2) << "the calibration is another file now";
    std::filesystem::last_write_time(path("x.safetensors"),
                                     std::filesystem::file_time_type(std::filesystem::file_time_type::duration(
                                         job["calibration"]["written"].get<std::int64_t>())));
    const nlohmann::json report = jsonOf(prune({"--resume", "--json"}));
    EXPECT_EQ(report["resumed"], 1);
    EXPECT_EQ(readSafetensors(path("out.safetensors")), whole);
    EXPECT_FALSE(std::filesystem::exists(path("out.safetensors.parts")));
}

TEST_F(CliPrune, DamagedPartsArePrunedAgain)
{
    ASSERT_EQ(prune({}).exitStatus, 0);
    const RawTensors whole = readSafetensors(path("out.safetensors"));
    RawTensors broken = m_inputs;
    const float nan = std::nanf("");
    std::memcpy(broken.at("b/weight").bytes.data(), &nan, sizeof nan);
    writeSafetensors(path("x.safetensors"), broken);
    ASSERT_EQ(prune({"--resume"}).exitStatus, 1);
    const nlohmann::json job = nlohmann::json::parse(std::ifstream(path("out.safetensors.parts/job.json")));
    writeSafetensors(path("x.safetensors"), m_inputs);
    std::filesystem::last_write_time(path("x.safetensors"),
                                     std::filesystem::file_time_type(std::filesystem::file_time_type::duration(
                                         job["calibration"]["written"].get<std::int64_t>())));
    for (const auto &entry : std::filesystem::directory_iterator(path("out.safetensors.parts")))
        if (entry.path().extension() == ".bin")
            writeBytes(entry.path(), std::string(100, 'x'));
    const nlohmann::json report = jsonOf(prune({"--resume", "--json"}));
    EXPECT_FALSE(report.contains("resumed"));
    EXPECT_EQ(readSafetensors(path("out.safetensors")), whole);
}

TEST_F(CliPrune, WhatIsWrongIsSaidInOneLineAndNothingIsWritten)
{
    const auto refused = [&](const RawTensors &inputs, int status, const std::string &text) {
        writeSafetensors(path("x.safetensors"), inputs);
        const Finished finished = prune({});
        EXPECT_EQ(finished.exitStatus, status) << finished.err;
        expectOneLineOfError(finished, "prune");
        EXPECT_THAT(finished.err, HasSubstr(text));
        EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors", "x.safetensors"));
    };
    RawTensors inputs = m_inputs;
    inputs.erase("b/weight");
    refused(inputs, 1, "no activations of b.weight");
    inputs["b/weight"] = gaussianTensor({300, 40}, 5);
    refused(inputs, 1, "b.weight has 48 inputs");
    inputs["b/weight"] = floatTensor({300, 48}, std::vector<float>(300 * 48, 1.0F));
    refused(inputs, 1, "singular");
    inputs["b/weight"] = gaussianTensor({300, 48}, 5);
    const float nan = std::nanf("");
    std::memcpy(inputs["b/weight"].bytes.data() + (5 * 48 + 2) * sizeof nan, &nan, sizeof nan);
    refused(inputs, 1, "(5, 2)");
}

TEST_F(CliPrune, MisuseIsTold)
{
    EXPECT_EQ(prune({}, "wandah").exitStatus, 2);
    EXPECT_EQ(prune({"--kind", "columns"}).exitStatus, 2);
    EXPECT_EQ(prune({"--method", "row-nm"}).exitStatus, 2);
    EXPECT_EQ(prune({"--damping", "2"}).exitStatus, 2);
    EXPECT_EQ(prune({"--map", "x"}).exitStatus, 2);
    EXPECT_EQ(prune({"--patterns", "2:8"}).exitStatus, 2);
    EXPECT_EQ(prune({}, "alps", "9:8").exitStatus, 2);
    EXPECT_EQ(runProgram(
                  {"prune", path("w.safetensors"), "--framework", "alps", "--pattern", "4:8", "-o", path("out.safetensors")})
                  .exitStatus,
              2);
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors", "x.safetensors"));
}

TEST_F(CliPrune, CtrlCLeavesNothing)
{
    writeSafetensors(path("w.safetensors"), {{"a", gaussianTensor({768, 768}, 1)}});
    writeSafetensors(path("x.safetensors"), {{"a", gaussianTensor({1024, 768}, 4)}});
    Program program({"prune", path("w.safetensors"), "--calibration", path("x.safetensors"), "--framework", "alps",
                     "--pattern", "8:16", "-o", path("out.safetensors")});
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    program.sendSignal(SIGINT);
    const Finished finished = program.wait();
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.err, HasSubstr("cancelled"));
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors", "x.safetensors"));
}

} // namespace nms::test
