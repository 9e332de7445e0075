// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"

#include <QColor>
#include <QImage>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <thread>
#include <utility>

namespace nms::test {

using testing::HasSubstr;
using testing::IsEmpty;
using Json = nlohmann::json;

class CliBench : public CliTest
{
protected:
    /// Seconds, not minutes: what is tested is that everything is there and adds up, not how fast it is.
    static std::vector<std::string> tiny(const std::vector<std::string> &more)
    {
        std::vector<std::string> words{"bench", "--tiles", "64", "--seconds", "0.5", "--repetitions", "3"};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    /// The rows of one method, in the order of the report.
    static std::vector<Json> rowsOf(const Json &report, const std::string &method)
    {
        std::vector<Json> rows;
        std::copy_if(report["rows"].begin(), report["rows"].end(), std::back_inserter(rows),
                     [&](const Json &row) { return row["method"] == method; });
        return rows;
    }
    /// An executable that stands in for Python.
    std::string impostor(const std::string &body) const
    {
        std::ofstream(path("python")) << "#!/bin/sh\n" << body << "\n";
        std::filesystem::permissions(path("python"), std::filesystem::perms::owner_all);
        return path("python");
    }
};

TEST_F(CliBench, EveryMethodWithSaneFigures)
{
    const Finished finished = runProgram(tiny({"--patterns", "2:4,4:8", "--torch", "off", "--json"}));
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    const Json report = jsonOf(finished);
    EXPECT_TRUE(report["failed"].empty()) << report["failed"];
    for (const char *method : {"exact", "dykstra", "capped", "greedy", "greedy+swap", "bi-nm", "max1000", "row-nm", "col-nm",
                               "unstructured", "reference"}) {
        const std::vector<Json> rows = rowsOf(report, method);
        ASSERT_GE(rows.size(), 8U) << method; // 2 patterns × 4 data, on one backend at least
        for (const Json &row : rows) {
            SCOPED_TRACE(row.dump());
            EXPECT_GT(row["microseconds_per_tile"]["min"].get<double>(), 0);
            EXPECT_LE(row["microseconds_per_tile"]["min"].get<double>(),
                      row["microseconds_per_tile"]["median"].get<double>());
            EXPECT_LE(row["microseconds_per_tile"]["median"].get<double>(),
                      row["microseconds_per_tile"]["max"].get<double>());
            EXPECT_EQ(row["rounds"].size(), 3U);
            EXPECT_GT(row["weights_per_second"].get<double>(), 0);
            EXPECT_EQ(row["tiles_judged"], 64);
            EXPECT_EQ(row["common_tiles"], row["transposable"] == true ? 64 : 0);
            EXPECT_EQ(row["gap"].is_null(), row["transposable"] == false);
        }
    }
    for (const Json &row : rowsOf(report, "exact")) {
        EXPECT_EQ(row["gap"]["mean"], 0);
        EXPECT_EQ(row["gap"]["worst"], 0);
        EXPECT_EQ(row["certified_gap"]["worst"], 0);
        EXPECT_EQ(row["not_converged"], 0);
        EXPECT_GT(row["times_faster_than"]["reference"].get<double>(), 1);
    }
    const auto gapOf = [&](const char *method) {
        return rowsOf(report, method).front()["gap"]["mean"].get<double>(); // 2:4, gaussian
    };
    EXPECT_LT(gapOf("dykstra"), gapOf("greedy+swap"));
    EXPECT_LT(gapOf("greedy+swap"), gapOf("greedy"));
    EXPECT_LT(gapOf("greedy"), 0.1);

    std::set<std::string> data;
    for (const Json &row : report["rows"])
        data.insert(row["data"].get<std::string>());
    EXPECT_EQ(data, (std::set<std::string>{"gaussian", "heavy", "sample", "scaled"}));
    for (const char *key : {"processor", "cores", "simd", "compiler", "date"})
        EXPECT_TRUE(report["machine"].contains(key)) << key;
    EXPECT_EQ(report["version"], NMS_VERSION);
}

TEST_F(CliBench, LemonFindsTheSameOptimaOrIsMissed)
{
    const Finished finished = runProgram(tiny({"--patterns", "4:8", "--methods", "exact,lemon", "--json"}));
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    const Json report = jsonOf(finished);
#ifdef NMS_HAVE_LEMON
    const std::vector<Json> rows = rowsOf(report, "lemon");
    ASSERT_EQ(rows.size(), 4U);
    for (const Json &row : rows) {
        EXPECT_LT(row["gap"]["worst"].get<double>(), 1e-6);
        EXPECT_EQ(row["times_faster_than"]["lemon"], 1.0);
    }
#else
    EXPECT_TRUE(rowsOf(report, "lemon").empty());
    EXPECT_EQ(report["left_out"][0]["what"], "lemon");
    EXPECT_THAT(finished.err, HasSubstr("not built in"));
#endif
}

TEST_F(CliBench, TableForPeople)
{
    const Finished finished =
        runProgram(tiny({"--patterns", "2:4", "--data", "gaussian", "--methods", "exact,greedy,row-nm", "--torch", "off"}));
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    EXPECT_EQ(finished.err, "");
    for (const char *part : {"keep 2:4, gaussian", "µs/tile", "exact", "greedy", "row-nm", "one thread in CPU time"})
        EXPECT_THAT(finished.out, HasSubstr(part));
    EXPECT_THAT(finished.out, HasSubstr("nmscope " NMS_VERSION));
}

TEST_F(CliBench, WeightsOfAFileAndTwoThreads)
{
    writeSafetensors(path("w.safetensors"), {{"w", gaussianTensor({48, 40}, 3)}, {"bias", gaussianTensor({40}, 4)}});
    const Finished finished = runProgram(tiny({"--patterns", "4:8", "--data", "sample", "--weights", path("w.safetensors"),
                                               "--methods", "exact,dykstra", "--threads", "1,2", "--json"}));
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    const Json report = jsonOf(finished);
    EXPECT_EQ(report["options"]["threads"], Json({1, 2}));
    ASSERT_GE(report["rows"].size(), 4U);
    for (const Json &row : report["rows"]) {
        if (row["threads"].is_null())
            continue; // a device
        EXPECT_EQ(row["times_faster_than"].contains("one_thread"), row["threads"] == 2);
        EXPECT_EQ(row["tiles_judged"], 30); // all that there are
        EXPECT_EQ(row["clock"], "wall");
    }
}

TEST_F(CliBench, WeightsWithoutTilesOrWithNaNAreRefused)
{
    std::vector<float> values(64, 1.0F);
    values[9] = std::numeric_limits<float>::quiet_NaN();
    writeSafetensors(path("nan.safetensors"), {{"w", floatTensor({8, 8}, values)}});
    writeSafetensors(path("small.safetensors"), {{"w", gaussianTensor({3, 3}, 1)}});
    for (const char *name : {"nan.safetensors", "small.safetensors", "missing.safetensors"}) {
        const Finished finished =
            runProgram(tiny({"--patterns", "2:4", "--data", "sample", "--weights", path(name), "--methods", "exact"}));
        EXPECT_EQ(finished.exitStatus, 1);
        expectOneLineOfError(finished, "bench");
        EXPECT_THAT(finished.err, HasSubstr(name));
    }
}

TEST_F(CliBench, PictureIsDrawnWithoutADisplay)
{
    const Finished finished = runProgram(tiny({"--patterns", "2:4,4:8", "--data", "gaussian", "--methods",
                                               "exact,greedy,dykstra", "--plot", path("p.png"), "--json"}),
                                         {"DISPLAY=", "WAYLAND_DISPLAY=", "QT_QPA_PLATFORM="});
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    EXPECT_EQ(finished.err, "");
    EXPECT_THAT(filesLeft(), testing::ElementsAre("p.png"));
    const QImage picture(QString::fromStdString(path("p.png")));
    ASSERT_FALSE(picture.isNull());
    EXPECT_GE(picture.width(), 1200);
    EXPECT_GE(picture.height(), 600);
    const auto pixelsNear = [&](const QColor &wanted) {
        int count = 0;
        for (int y = 0; y < picture.height(); ++y)
            for (int x = 0; x < picture.width(); ++x) {
                const QColor found = picture.pixelColor(x, y);
                count += std::abs(found.red() - wanted.red()) + std::abs(found.green() - wanted.green()) +
                        std::abs(found.blue() - wanted.blue()) <
                    12;
            }
        return count;
    };
    EXPECT_GT(pixelsNear(Qt::white), picture.width() * picture.height() / 2); // paper
    EXPECT_GT(pixelsNear(QColor("#1d222b")), 500); // words
    for (const char *color :
         {"#0072b2", "#d55e00", "#56b4e9"}) // exact, dykstra, greedy: a mark in both panels and the legend
        EXPECT_GT(pixelsNear(QColor(color)), 3 * 100) << color;
}

/// Every point of every curve, and the other methods once.
TEST_F(CliBench, CurvesGoThroughTauAndIterations)
{
    const Finished finished =
        runProgram(tiny({"--curves", "--patterns", "2:4,5:7", "--data", "gaussian,sample", "--methods",
                         "exact,dykstra,capped", "--tau", "50", "--iterations", "60", "--plot", path("p.png"), "--json"}));
    const Json report = jsonOf(finished);
    std::map<std::string, std::set<std::pair<double, int>>> points; // by pattern, data, method, rounding
    std::map<std::string, double> worst, best; // gap of the points of dykstra
    for (const Json &row : report["rows"]) {
        const std::string where = row["pattern"].get<std::string>() + " " + row["data"].get<std::string>();
        if (row["method"] == "exact") {
            EXPECT_FALSE(row.contains("tau"));
            EXPECT_EQ(row["gap"]["mean"], 0);
            continue;
        }
        points[where + " " + row["method"].get<std::string>() + " " + row["rounding"].get<std::string>()].emplace(
            row["tau"].get<double>(), row["iterations"].get<int>());
        const double gap = row["gap"]["mean"].get<double>();
        if (row["method"] == "dykstra") {
            worst[where] = std::max(worst[where], gap);
            best.try_emplace(where, gap);
            best[where] = std::min(best[where], gap);
        }
    }
    EXPECT_EQ(points.size(), 2U * 2 * 3);
    std::set<std::pair<double, int>> wanted;
    for (const double tau : {5., 15., 50., 150., 500.})
        for (const int iterations : {2, 6, 20, 60, 200})
            wanted.emplace(tau, iterations);
    for (const auto &[curve, found] : points)
        EXPECT_EQ(found, wanted) << curve;
    for (const auto &[where, gap] : worst)
        EXPECT_GT(gap, 2 * best[where]) << where;
    EXPECT_FALSE(QImage(QString::fromStdString(path("p.png"))).isNull());
    const Finished text = runProgram(tiny({"--curves", "--patterns", "2:4", "--data", "gaussian", "--methods", "dykstra"}));
    EXPECT_THAT(text.out, testing::AllOf(HasSubstr("dykstra on cpu, the paper's rounding"), HasSubstr("T 1000")));
}

TEST_F(CliBench, PictureWhereNobodyCanWriteIsRefusedBeforeTheWork)
{
    const Finished finished = runProgram({"bench", "--plot", path("no/such/folder/p.png")});
    EXPECT_NE(finished.exitStatus, 0);
    EXPECT_LT(finished.seconds, 10);
    expectOneLineOfError(finished, "bench");
}

TEST_F(CliBench, CtrlCStops)
{
    Program program({"bench", "--torch", "off", "--seconds", "600", "--plot", path("p.png")});
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    program.sendSignal(SIGINT);
    const Finished finished = program.wait();
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_LT(finished.seconds, 10);
    EXPECT_THAT(finished.err, HasSubstr("cancelled"));
    expectOneLineOfError(finished, "bench");
    EXPECT_THAT(filesLeft(), IsEmpty());
}

// --- PyTorch's place, taken by others
// ---------------------------------------------------------------------------------------

TEST_F(CliBench, PyTorchThatIsNotThereIsALineNotAFailure)
{
    for (const std::string &python :
         {path("no-such-python"), impostor("exit 3"), impostor("echo '{\"torch\": null}'; cat")}) {
        const Finished finished = runProgram(
            tiny({"--patterns", "2:4", "--data", "gaussian", "--methods", "exact,torch", "--torch", python, "--json"}));
        EXPECT_EQ(finished.exitStatus, 0);
        const Json report = jsonOf(finished);
        EXPECT_TRUE(rowsOf(report, "torch").empty());
        ASSERT_EQ(report["left_out"].size(), 1U);
        EXPECT_EQ(report["left_out"][0]["what"], "torch");
        EXPECT_THAT(finished.err, HasSubstr("left out: torch"));
        EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    }
}

TEST_F(CliBench, NonsenseFromPyTorchsPlaceIsAFailureOfThatRowAlone)
{
    const std::string hello = "read line; echo '{\"torch\": \"9.9\", \"cuda\": false}'; read line; echo '{\"tiles\": 64}'; ";
    const std::vector<std::pair<std::string, std::string>> impostors = {
        {"yes", "not a JSON object"},
        {"while read line; do echo '{\"seconds\": -1}'; done", "impossible time"},
        {"while read line; do echo '{\"seconds\": 1e9}'; done", "impossible time"},
        {"while read line; do echo '{\"seconds\": \"soon\"}'; done", "no time"},
        {"while read line; do echo '{\"seconds\": 1e-7}'; done", "another size"}, // and never writes a mask
        {"while read line; do echo '{\"error\": \"out of luck\"}'; done", "out of luck"},
        {"head -c 1000000 /dev/zero | tr '\\0' x; cat", "a line that is too long"},
        {"exit 0", "ended with exit code 0"},
    };
    for (const auto &[body, complaint] : impostors) {
        SCOPED_TRACE(body);
        const Finished finished = runProgram(tiny({"--patterns", "2:4", "--data", "gaussian", "--methods", "exact,torch",
                                                   "--torch", impostor(hello + body), "--json"}));
        EXPECT_EQ(finished.exitStatus, 1);
        const Json report = jsonOf(finished);
        EXPECT_EQ(rowsOf(report, "exact").size(), 1U);
        EXPECT_TRUE(rowsOf(report, "torch").empty());
        ASSERT_EQ(report["failed"].size(), 1U);
        EXPECT_THAT(report["failed"][0]["reason"].get<std::string>(), HasSubstr(complaint));
    }
}

TEST_F(CliBench, AMaskThatKeepsTooMuchIsFoundOut)
{
    // Every entry kept: more than any optimum, and not N:M.
    const std::string cheat = R"(
read line; echo '{"torch": "9.9", "cuda": false}'
while read line; do
  case "$line" in
    *'"write"'*) file=${line#*'"write":"'}; file=${file%%'"'*}
      head -c 1024 /dev/zero | tr '\0' '\1' > "$file"; head -c 256 /dev/zero >> "$file"; echo '{"written": true}' ;;
    *) echo '{"seconds": 1e-7}' ;;
  esac
done)";
    const Finished finished = runProgram(
        tiny({"--patterns", "2:4", "--data", "gaussian", "--methods", "torch", "--torch", impostor(cheat), "--json"}));
    EXPECT_EQ(finished.exitStatus, 1);
    const Json report = jsonOf(finished);
    ASSERT_EQ(report["failed"].size(), 1U);
    EXPECT_THAT(report["failed"][0]["reason"].get<std::string>(), HasSubstr("keeps more than 2"));
}

TEST_F(CliBench, PyTorchComesAsCloseAsDykstra)
{
    const char *chosen = std::getenv("NMS_TORCH_PYTHON");
    const std::string python = chosen != nullptr ? chosen : "python3";
    if (std::system(("'" + python + "' -c 'import torch' > /dev/null 2>&1").c_str()) != 0)
        GTEST_SKIP() << python << " has no PyTorch (NMS_TORCH_PYTHON names another interpreter)";
    const Finished finished =
        runProgram({"bench", "--patterns", "8:16", "--data", "gaussian", "--methods", "dykstra,torch", "--tiles", "128",
                    "--seconds", "1", "--repetitions", "1", "--torch", python, "--json"});
    ASSERT_EQ(finished.exitStatus, 0) << finished.err;
    const Json report = jsonOf(finished);
    ASSERT_FALSE(rowsOf(report, "torch").empty()) << finished.err;
    const Json torch = rowsOf(report, "torch").front(), dykstra = rowsOf(report, "dykstra").front();
    EXPECT_EQ(torch["tiles_judged"], 128);
    // The same fixed point by the same steps; what differs are the roundings of float and the ties of the sort.
    EXPECT_NEAR(torch["gap"]["mean"].get<double>(), dykstra["gap"]["mean"].get<double>(), 1e-4);
    EXPECT_NEAR(torch["worst_residual"].get<double>(), dykstra["worst_residual"].get<double>(), 1e-3);
}

TEST_F(CliBench, IoTellsWhatEachStepTakesAndLeavesNothing)
{
    const std::vector<std::string> here{"TMPDIR=" + std::filesystem::path(path("x")).parent_path().string()};
    const Json report =
        jsonOf(runProgram({"bench", "--io", "--size", "8M", "--patterns", "4:8", "--repetitions", "1", "--json"}, here));
    EXPECT_EQ(report["weights"], 4 << 20);
    EXPECT_EQ(report["pattern"], "4:8");
    std::vector<std::string> names;
    for (const Json &step : report["steps"]) {
        names.push_back(step["name"]);
        EXPECT_TRUE(step["failure"].is_null()) << step;
        EXPECT_GT(step["seconds"], 0) << step;
        EXPECT_GE(step["processor_seconds"], 0) << step;
        EXPECT_GT(step["bytes"], 0) << step;
    }
    EXPECT_THAT(names, testing::ElementsAre("cat", "copy", "read", "checksum", "solve", "write", "whole"));
    EXPECT_GT(report["over_solving"], 0);
    EXPECT_GT(report["resident_bytes"], 1 << 20);
    EXPECT_THAT(filesLeft(), testing::ElementsAre());

    const Finished ofFile =
        runProgram({"bench", "--io", "--weights", sample(), "--methods", "greedy", "--repetitions", "1"}, here);
    EXPECT_EQ(ofFile.exitStatus, 0) << ofFile.err;
    EXPECT_THAT(ofFile.out, HasSubstr("8:16 by greedy"));
    EXPECT_THAT(ofFile.out, HasSubstr("the processor time of solving alone"));
    EXPECT_THAT(filesLeft(), testing::ElementsAre());

    const Finished wrong = runProgram({"bench", "--size", "8M"}, here);
    EXPECT_EQ(wrong.exitStatus, 2);
}

TEST_F(CliBench, SizesTellsOfWholeMatricesOnEveryBackend)
{
    const Json report =
        jsonOf(runProgram({"bench", "--sizes", "100,64", "--patterns", "4:8", "--repetitions", "2", "--json"}));
    EXPECT_EQ(report["pattern"], "4:8");
    EXPECT_EQ(report["method"], "exact");
    const Json &cpu = report["backends"].back(); // a machine may have others
    EXPECT_EQ(cpu["backend"], "cpu");
    EXPECT_TRUE(cpu["worthwhile_from"].is_null());
    ASSERT_EQ(cpu["points"].size(), 2U);
    EXPECT_EQ(cpu["points"][0]["side"], 64);
    for (const Json &point : cpu["points"]) {
        EXPECT_TRUE(point["failure"].is_null()) << point;
        EXPECT_GT(point["seconds"], 0) << point;
        EXPECT_EQ(point["rounds"].size(), 2U) << point;
        EXPECT_TRUE(point["copy_seconds"].is_null()) << point;
    }
    const Finished table = runProgram({"bench", "--sizes", "64", "--methods", "greedy", "--repetitions", "1"});
    EXPECT_EQ(table.exitStatus, 0) << table.err;
    EXPECT_THAT(table.out, HasSubstr("keep 8:16 by greedy"));
    EXPECT_THAT(table.out, HasSubstr("copies alone"));
    for (const char *sides : {"0", "64,x", "65537"})
        EXPECT_EQ(runProgram({"bench", "--sizes", sides}).exitStatus, 2) << sides;
}

} // namespace nms::test
