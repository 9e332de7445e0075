// SPDX-License-Identifier: Apache-2.0
// The level of vector instructions is chosen once, by whoever makes a method, and handed down: reads the sources and fails
// where something below asks for the machine's own level, which a test that names a level would then not test.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// "file:line" of each call of simdLevel() under `folders` but in the files `allowed`.
std::vector<std::string> callsUnder(const fs::path &root, const std::vector<std::string> &folders,
                                    const std::set<std::string> &allowed)
{
    static const std::regex call("\\bsimdLevel\\(\\)");
    std::vector<std::string> found;
    for (const std::string &folder : folders)
        for (const auto &entry : fs::recursive_directory_iterator(root / folder)) {
            const std::string file = entry.path().lexically_relative(root).generic_string();
            const std::string ending = entry.path().extension().string();
            if (!entry.is_regular_file() || (ending != ".h" && ending != ".cpp") || allowed.contains(file))
                continue;
            std::ifstream in(entry.path());
            int number = 0;
            for (std::string line; std::getline(in, line);)
                if (++number; std::regex_search(line, call))
                    found.push_back(file + ":" + std::to_string(number));
        }
    return found;
}

const std::vector<std::string> folders = {"core/tile", "core/methods", "core/solver/live"};

TEST(LevelChoice, IsLeftToWhoeverMakesAMethod)
{
    const std::set<std::string> allowed = {"core/methods/factory.h", "core/methods/tile_trace.h"};
    for (const std::string &place : callsUnder(NMS_SOURCE_DIR, folders, allowed))
        ADD_FAILURE() << place << " chooses a level for itself; pass on the one that makeRunSolver() was given";
}

TEST(LevelChoice, TheChoiceItselfIsSeen)
{
    EXPECT_GE(callsUnder(NMS_SOURCE_DIR, folders, {}).size(), 2U);
}

} // namespace
