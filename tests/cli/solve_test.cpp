// SPDX-License-Identifier: Apache-2.0
// What solve writes and tells, counted again here from the raw bytes.
#include "core/io/disk/file_hash.h"
#include "tests/cli/cli_fixture.h"

#include <cmath>
#include <csignal>
#include <cstring>
#include <thread>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

class CliSolve : public CliTest
{
protected:
    Finished solve(const std::string &file, const std::string &out, const std::vector<std::string> &more)
    {
        std::vector<std::string> arguments{"solve", file, "-o", path(out)};
        arguments.insert(arguments.end(), more.begin(), more.end());
        Finished finished = runProgram(arguments);
        EXPECT_EQ(finished.exitStatus, 0) << finished.err;
        return finished;
    }
};

/// Kept entries of each line of m in rows and in columns of a rows × cols mask of bytes, all tiles full.
void expectEveryLineKeeps(const std::string &mask, std::int64_t rows, std::int64_t cols, int n, int m)
{
    ASSERT_EQ(std::int64_t(mask.size()), rows * cols);
    for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t col = 0; col < cols; col += m) {
            int kept = 0;
            for (std::int64_t j = 0; j < m; ++j)
                kept += mask[std::size_t(row * cols + col + j)];
            ASSERT_EQ(kept, n) << "row " << row << " from column " << col;
        }
    }
    for (std::int64_t col = 0; col < cols; ++col) {
        for (std::int64_t row = 0; row < rows; row += m) {
            int kept = 0;
            for (std::int64_t i = 0; i < m; ++i)
                kept += mask[std::size_t((row + i) * cols + col)];
            ASSERT_EQ(kept, n) << "column " << col << " from row " << row;
        }
    }
}

TEST_F(CliSolve, JsonHasTheKeysThatScriptsRelyOn)
{
    const Json report = jsonOf(solve(sample(), "m.h5", {"--pattern", "8:16", "--json", "--method", "greedy"}));
    ASSERT_EQ(report["tensors"].size(), 6U);
    for (const Json &tensor : report["tensors"]) {
        for (const char *key : {"path", "shape", "pattern", "method", "objective", "upper_bound", "relative_gap",
                                "kept_fraction", "tiles", "seconds"})
            EXPECT_TRUE(tensor.contains(key)) << key;
        EXPECT_EQ(tensor["pattern"], "8:16");
        EXPECT_EQ(tensor["method"], "greedy");
        EXPECT_EQ(tensor["tiles"], tensor["shape"][0].get<int>() / 16 * (tensor["shape"][1].get<int>() / 16));
        EXPECT_LE(tensor["objective"], tensor["upper_bound"]);
        EXPECT_GT(tensor["seconds"].get<double>(), 0);
    }
    EXPECT_TRUE(report["skipped"].is_array());
    EXPECT_TRUE(report["backend"].is_string());
    EXPECT_EQ(report["version"], NMS_VERSION);
    EXPECT_THAT(filesLeft(), ElementsAre("m.h5"));
}

TEST_F(CliSolve, ExactMasksAreTransposableAndTellTheTruth)
{
    const RawTensor weights = gaussianTensor({64, 96}, 7);
    writeSafetensors(path("w.safetensors"), {{"w", weights}});
    const Json report = jsonOf(solve(path("w.safetensors"), "m.safetensors", {"--pattern", "4:8", "--json"}));
    const RawTensors masks = readSafetensors(path("m.safetensors"));
    ASSERT_TRUE(masks.contains("w/mask"));
    const RawTensor &mask = masks.at("w/mask");
    EXPECT_EQ(mask.dtype, "BOOL");
    EXPECT_THAT(mask.shape, ElementsAre(64, 96));
    expectEveryLineKeeps(mask.bytes, 64, 96, 4, 8);

    double objective = 0;
    for (std::size_t i = 0; i < mask.bytes.size(); ++i) {
        float value = 0;
        std::memcpy(&value, weights.bytes.data() + i * sizeof value, sizeof value);
        objective += mask.bytes[i] != 0 ? std::abs(double(value)) : 0;
    }
    const Json &tensor = report["tensors"][0];
    EXPECT_NEAR(tensor["objective"].get<double>(), objective, 1e-9 * objective);
    EXPECT_LE(tensor["relative_gap"].get<double>(), 1e-12);
    EXPECT_DOUBLE_EQ(tensor["kept_fraction"].get<double>(), 0.5);
}

TEST_F(CliSolve, AppliedWeightsAreTheWeightsOrZero)
{
    const RawTensor weights = gaussianTensor({32, 32}, 3);
    writeSafetensors(path("w.safetensors"), {{"w", weights}});
    solve(path("w.safetensors"), "m.safetensors", {"--pattern", "2:4"});
    solve(path("w.safetensors"), "a.safetensors", {"--pattern", "2:4", "--apply"});
    const RawTensor mask = readSafetensors(path("m.safetensors")).at("w/mask");
    const RawTensor applied = readSafetensors(path("a.safetensors")).at("w");
    EXPECT_EQ(applied.dtype, "F32");
    std::string expected = weights.bytes;
    for (std::size_t i = 0; i < mask.bytes.size(); ++i)
        if (mask.bytes[i] == 0)
            expected.replace(i * 4, 4, 4, '\0');
    EXPECT_EQ(applied.bytes, expected);
}

TEST_F(CliSolve, SmallMemoryGivesTheSameMasks)
{
    writeSafetensors(path("w.safetensors"), {{"w", gaussianTensor({256, 200}, 5)}});
    solve(path("w.safetensors"), "whole.safetensors", {"--pattern", "8:16"});
    solve(path("w.safetensors"), "panels.safetensors", {"--pattern", "8:16", "--memory-limit", "64K"});
    EXPECT_EQ(readSafetensors(path("whole.safetensors")), readSafetensors(path("panels.safetensors")));
}

TEST_F(CliSolve, TakesMatricesAndKernelsAndListsTheOthers)
{
    writeSafetensors(path("w.safetensors"),
                     {{"bias", gaussianTensor({64}, 1)},
                      {"conv", gaussianTensor({16, 4, 3, 3}, 2)},
                      {"matrix", gaussianTensor({20, 18}, 3)},
                      {"narrow", gaussianTensor({64, 3}, 4)}});
    const Json report = jsonOf(solve(path("w.safetensors"), "m.safetensors", {"--pattern", "2:4", "--json"}));
    std::vector<std::string> taken, skipped;
    for (const Json &tensor : report["tensors"])
        taken.push_back(tensor["path"]);
    for (const Json &tensor : report["skipped"]) {
        skipped.push_back(tensor["path"]);
        EXPECT_NE(tensor["reason"], "");
    }
    EXPECT_THAT(taken, ElementsAre("conv", "matrix"));
    EXPECT_THAT(skipped, ElementsAre("bias", "narrow"));
    EXPECT_THAT(readSafetensors(path("m.safetensors")).at("conv/mask").shape, ElementsAre(16, 4, 3, 3));
    EXPECT_THAT(solve(path("w.safetensors"), "m.safetensors", {"--pattern", "2:4"}).out,
                HasSubstr("skipped narrow: has 3 columns"));
}

TEST_F(CliSolve, NamedTensorsOnly)
{
    const Json report =
        jsonOf(solve(sample(), "m.h5", {"--pattern", "2:4", "--tensor", std::string("/") + queryPath, "--json"}));
    ASSERT_EQ(report["tensors"].size(), 1U);
    EXPECT_EQ(report["tensors"][0]["path"], queryPath);
}

TEST_F(CliSolve, WarnsWhereThePlanDidNotConverge)
{
    const Finished finished =
        solve(sample(), "m.h5", {"--pattern", "8:16", "--method", "dykstra", "--iterations", "3", "--tensor", queryPath});
    EXPECT_THAT(finished.err, HasSubstr("of 576 tiles have not converged: worst residual "));
    EXPECT_THAT(finished.err, HasSubstr("--iterations"));
    EXPECT_THAT(finished.err, Not(HasSubstr("--tolerance")));
}

TEST_F(CliSolve, ToleranceEndsTilesEarlyAndIsToldOf)
{
    const std::vector<std::string> dykstra{"--pattern", "4:8",         "--method", "dykstra",      "--tensor", queryPath,
                                           "--json",    "--tolerance", "0.005",    "--iterations", "3000"};
    const Json tensor = jsonOf(solve(sample(), "m.h5", dykstra))["tensors"][0];
    EXPECT_EQ(tensor["tolerance"], 0.005);
    EXPECT_EQ(tensor["not_converged"], 0);
    EXPECT_LE(tensor["worst_residual"].get<double>(), 0.005);
    EXPECT_GT(tensor["worst_residual"].get<double>(), 0);
    EXPECT_LT(tensor["iterations_max"], 3000);
    EXPECT_LT(tensor["iterations_mean"], tensor["iterations_max"]);
    EXPECT_GT(tensor["iterations_mean"], 1);
    const Finished verified = runProgram({"verify", path("m.h5"), "--weights", sample()});
    EXPECT_EQ(verified.exitStatus, 0) << verified.err;

    const Json exact = jsonOf(solve(sample(), "e.h5", {"--pattern", "4:8", "--tensor", queryPath, "--json"}));
    EXPECT_FALSE(exact["tensors"][0].contains("tolerance"));
}

TEST_F(CliSolve, WarmStartIsToldOf)
{
    const std::vector<std::string> dykstra{"--pattern", "4:8",         "--method", "dykstra", "--tensor",
                                           queryPath,   "--tolerance", "0.005",    "--json"};
    std::vector<std::string> fromExact = dykstra;
    fromExact.insert(fromExact.end(), {"--warm-start", "exact"});
    const Json cold = jsonOf(solve(sample(), "m.h5", dykstra))["tensors"][0];
    const Json warm = jsonOf(solve(sample(), "m.h5", fromExact))["tensors"][0];
    EXPECT_FALSE(cold.contains("warm_start"));
    EXPECT_EQ(warm["warm_start"], "exact");
    EXPECT_LT(warm["iterations_mean"], cold["iterations_mean"]);
    EXPECT_EQ(runProgram({"verify", path("m.h5"), "--weights", sample()}).exitStatus, 0);
}

TEST_F(CliSolve, GreedyImprovesAnotherMask)
{
    const std::vector<std::string> common{"--pattern", "8:16", "--tensor", queryPath, "--json", "--method"};
    const auto gapOf = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), common.begin(), common.end());
        const Json tensor = jsonOf(solve(sample(), "m.h5", arguments))["tensors"][0];
        return tensor["relative_gap"].get<double>();
    };
    const double cold = gapOf({"greedy+swap"}), capped = gapOf({"capped"});
    EXPECT_LT(gapOf({"greedy+swap", "--warm-start", "bi-nm"}), cold / 2);
    EXPECT_LT(gapOf({"greedy+swap", "--warm-start", "capped"}), capped / 2);
    EXPECT_EQ(runProgram({"verify", path("m.h5"), "--weights", sample()}).exitStatus, 0);
    const Finished refused = runProgram(
        {"solve", sample(), "-o", path("m.h5"), "--pattern", "8:16", "--method", "bi-nm", "--warm-start", "exact"});
    EXPECT_EQ(refused.exitStatus, 2);
    EXPECT_THAT(refused.err, HasSubstr("bi-nm cannot start from exact"));
}

TEST_F(CliSolve, ALooseToleranceIsNoConvergence)
{
    const Finished finished =
        solve(sample(), "m.h5", {"--pattern", "8:16", "--method", "capped", "--tolerance", "0.3", "--tensor", queryPath});
    EXPECT_THAT(finished.err, HasSubstr("have not converged"));
    EXPECT_THAT(finished.err, HasSubstr("a smaller --tolerance"));
}

TEST_F(CliSolve, ReplacesAnOldFile)
{
    writeBytes(path("m.h5"), "old");
    solve(sample(), "m.h5", {"--pattern", "2:4", "--tensor", queryPath});
    EXPECT_EQ(runProgram({"verify", path("m.h5")}).exitStatus, 0);
    EXPECT_THAT(filesLeft(), ElementsAre("m.h5"));
}

TEST_F(CliSolve, EightBitFloatsAreWeights)
{
    for (const auto &[dtype, notANumber] : {std::pair("F8_E4M3", 0x7f), std::pair("F8_E5M2", 0x7c)}) {
        SCOPED_TRACE(dtype);
        std::string bytes(32 * 32, '\0');
        unsigned state = 12345;
        for (char &byte : bytes) {
            state = state * 1664525 + 1013904223;
            byte = char(state >> 24);
            if ((byte & 0x7f) >= notANumber || (byte & 0x7f) == 0)
                byte = 0x38;
        }
        writeSafetensors(path("w.safetensors"), {{"w", {dtype, {32, 32}, bytes}}});
        solve(path("w.safetensors"), "m.safetensors", {"--pattern", "2:4"});
        const std::string mask = readSafetensors(path("m.safetensors")).at("w/mask").bytes;
        expectEveryLineKeeps(mask, 32, 32, 2, 4);
        EXPECT_EQ(runProgram({"verify", path("m.safetensors"), "--weights", path("w.safetensors")}).exitStatus, 0);

        solve(path("w.safetensors"), "a.safetensors", {"--pattern", "2:4", "--apply"});
        const RawTensor applied = readSafetensors(path("a.safetensors")).at("w");
        EXPECT_EQ(applied.dtype, dtype);
        ASSERT_EQ(applied.bytes.size(), bytes.size());
        for (std::size_t i = 0; i < bytes.size(); ++i)
            ASSERT_EQ(applied.bytes[i], mask[i] ? bytes[i] : '\0') << i;

        bytes[33] = char(notANumber);
        writeSafetensors(path("w.safetensors"), {{"w", {dtype, {32, 32}, bytes}}});
        const Finished refused =
            runProgram({"solve", path("w.safetensors"), "-o", path("n.safetensors"), "--pattern", "2:4"});
        EXPECT_EQ(refused.exitStatus, 1);
        EXPECT_THAT(refused.err, HasSubstr("at (1, 1)"));
    }
}

TEST_F(CliSolve, NamesThatTheTargetCannotHoldAreToldBeforeTheFirstTile)
{
    writeSafetensors(path("w.safetensors"), {{"c", gaussianTensor({8, 8}, 1)}, {"c/mask", gaussianTensor({8, 8}, 2)}});
    const Finished refused = runProgram({"solve", path("w.safetensors"), "-o", path("m.h5"), "--pattern", "2:4"});
    EXPECT_EQ(refused.exitStatus, 1);
    expectOneLineOfError(refused, "solve");
    EXPECT_THAT(refused.err, HasSubstr("m.h5: c/mask/mask: lies inside c/mask, which is a tensor itself"));
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
    solve(path("w.safetensors"), "m.safetensors", {"--pattern", "2:4"});
}

/// Everything that solve writes: masks as bytes and as bits, and masked weights.
TEST_F(CliSolve, ResumedItWritesTheSameFiles)
{
    const RawTensors weights{{"a", gaussianTensor({67, 131}, 1)},
                             {"b", gaussianTensor({33, 48}, 2)},
                             {"conv/weight", gaussianTensor({18, 17, 3, 3}, 3)}};
    RawTensors broken = weights;
    const float nan = std::nanf("");
    std::memcpy(broken.at("conv/weight").bytes.data(), &nan, sizeof nan);
    const std::string file = path("w.safetensors");
    const std::vector<std::vector<std::string>> formats{
        {"m.h5"}, {"m.safetensors"}, {"m.safetensors", "--packed"}, {"m.safetensors", "--apply"}};
    for (const auto &format : formats) {
        const std::string out = path(format[0]);
        std::vector<std::string> arguments{"solve", file, "-o", out, "--pattern", "4:8", "--json"};
        arguments.insert(arguments.end(), format.begin() + 1, format.end());
        writeSafetensors(file, weights);
        const auto written = std::filesystem::last_write_time(file);
        const Json whole = jsonOf(runProgram(arguments));
        const std::string wanted = readBytes(out);
        std::filesystem::remove(out);

        arguments.push_back("--resume");
        writeSafetensors(file, broken); // it fails after two of three tensors
        std::filesystem::last_write_time(file, written);
        EXPECT_EQ(runProgram(arguments).exitStatus, 1);
        EXPECT_FALSE(std::filesystem::exists(out));
        writeSafetensors(file, weights);
        const Finished other = runProgram(arguments);
        EXPECT_EQ(other.exitStatus, 2) << "the weights were written since";
        EXPECT_THAT(other.err, HasSubstr("another job (weights differ)"));
        std::filesystem::last_write_time(file, written);
        Json report = jsonOf(runProgram(arguments));
        EXPECT_EQ(report["resumed"], 2);
        EXPECT_EQ(readBytes(out), wanted) << format.back();
        EXPECT_FALSE(std::filesystem::exists(out + ".parts"));
        for (std::size_t i = 0; i < 3; ++i)
            for (const char *key : {"path", "objective", "upper_bound", "kept_magnitude", "kept_fraction", "tiles"})
                EXPECT_EQ(report["tensors"][i][key], whole["tensors"][i][key]) << key;
        std::filesystem::remove(out);
    }
}

TEST_F(CliSolve, ResumesAfterAKill)
{
    RawTensors weights;
    for (char name = 'a'; name <= 'd'; ++name)
        weights[std::string(1, name)] = gaussianTensor({256, 1024}, unsigned(name));
    writeSafetensors(path("w.safetensors"), weights);
    const std::vector<std::string> once{"solve",        path("w.safetensors"),
                                        "-o",           path("m.safetensors"),
                                        "--pattern",    "8:16",
                                        "--method",     "dykstra",
                                        "--iterations", "4000",
                                        "--json"};
    std::vector<std::string> arguments = once;
    arguments.push_back("--resume");
    {
        Program program(arguments);
        for (int tries = 0; finishedParts(path("m.safetensors.parts")) < 1 && tries < 60000; ++tries)
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        program.sendSignal(SIGKILL);
        EXPECT_EQ(program.wait().exitStatus, 128 + SIGKILL);
    }
    EXPECT_THAT(filesLeft(), ElementsAre("m.safetensors.parts", "w.safetensors"));
    const Json report = jsonOf(runProgram(arguments));
    EXPECT_GE(report["resumed"], 1);
    const std::string resumed = readBytes(path("m.safetensors"));
    jsonOf(runProgram(once));
    EXPECT_EQ(resumed, readBytes(path("m.safetensors")));
    EXPECT_THAT(filesLeft(), ElementsAre("m.safetensors", "w.safetensors"));
}

TEST_F(CliSolve, MaskFilesNameTheirWeights)
{
    writeSafetensors(path("w.safetensors"), {{"a", gaussianTensor({8, 8}, 1)}});
    const auto identity = identityOf(path("w.safetensors"));
    ASSERT_TRUE(identity);
    runProgram({"solve", path("w.safetensors"), "-o", path("m.safetensors"), "--pattern", "2:4"});
    const Json metadata = safetensorsMetadata(path("m.safetensors"));
    EXPECT_EQ(metadata["source"], "w.safetensors");
    EXPECT_EQ(metadata["source_bytes"], std::to_string(std::filesystem::file_size(path("w.safetensors"))));
    EXPECT_EQ(metadata["source_xxh128"], identity->xxh128);
}

TEST_F(CliSolve, DamagedPartsAreSolvedAgain)
{
    RawTensors weights{{"a", gaussianTensor({64, 64}, 1)}, {"b", gaussianTensor({64, 64}, 2)}};
    RawTensors broken = weights;
    const float nan = std::nanf("");
    std::memcpy(broken.at("b").bytes.data(), &nan, sizeof nan);
    const std::vector<std::string> arguments{
        "solve", path("w.safetensors"), "-o", path("m.safetensors"), "--pattern", "2:4", "--resume", "--json"};
    for (const char *damage : {"bits", "short", "header", "empty"}) {
        writeSafetensors(path("w.safetensors"), broken);
        const auto written = std::filesystem::last_write_time(path("w.safetensors"));
        EXPECT_EQ(runProgram(arguments).exitStatus, 1);
        writeSafetensors(path("w.safetensors"), weights);
        std::filesystem::last_write_time(path("w.safetensors"), written);
        for (const auto &entry : std::filesystem::directory_iterator(path("m.safetensors.parts"))) {
            std::string bytes = readBytes(entry.path());
            const bool isData = entry.path().extension() == ".bin", isJob = entry.path().filename() == "job.json";
            if (isData && damage == std::string("bits"))
                bytes[7] = char(~bytes[7]);
            else if (isData && damage == std::string("short"))
                bytes.resize(bytes.size() / 2);
            else if (!isData && !isJob && damage == std::string("header"))
                bytes = R"({"path":"a","xxh128":7,"solution":[]})";
            else if (!isData && !isJob && damage == std::string("empty"))
                bytes.clear();
            else
                continue;
            writeBytes(entry.path(), bytes);
        }
        const Json report = jsonOf(runProgram(arguments));
        EXPECT_FALSE(report.contains("resumed")) << damage;
        const RawTensors masks = readSafetensors(path("m.safetensors"));
        EXPECT_EQ(masks.size(), 2U);
        for (const auto &[name, mask] : masks)
            expectEveryLineKeeps(mask.bytes, 64, 64, 2, 4);
        std::filesystem::remove(path("m.safetensors"));
    }
}

} // namespace nms::test
