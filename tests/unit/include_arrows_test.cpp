// SPDX-License-Identifier: Apache-2.0
// The arrows between the folders (README.md, "Layers"): reads the sources themselves and fails on an include against them,
// and on a circle of modules anywhere.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// What a folder may include: folders of ours (with all below them), single files of ours, and groups of packages.
struct Rule {
    std::set<std::string> folders;
    std::set<std::string> files;
    std::set<std::string> packages;
};

const std::map<std::string, Rule> &rules()
{
    static const std::set<std::string> tiles = {"core/base", "core/simd", "core/sparsity", "core/tile", "core/methods"};
    static const std::set<std::string> core = {
        "core/base",  "core/simd",    "core/tensor", "core/io",   "core/sparsity", "core/methods", "core/solver",
        "core/prune", "core/session", "core/view",   "core/jobs", "core/sandbox",  "core/lesson"};
    const auto with = [](std::set<std::string> folders, std::initializer_list<std::string> more) {
        folders.insert(more);
        return folders;
    };
    static const std::map<std::string, Rule> all = {
        {"core/base", {{}, {}, {"tbb"}}},
        {"core/simd", {{"core/base"}, {}, {}}},
        {"core/tensor", {{"core/base", "core/simd"}, {}, {}}},
        {"core/sparsity", {{"core/base", "core/simd"}, {}, {}}},
        {"core/io",
         {{"core/base", "core/simd", "core/tensor", "core/sparsity"},
          {"core/sandbox/tile_problem.h", "core/sandbox/tile_text.h"},
          {"hdf5", "json", "deflate"}}},
        {"core/tile", {{"core/base", "core/simd", "core/sparsity"}, {}, {}}},
        {"core/methods", {{"core/base", "core/simd", "core/sparsity", "core/tile"}, {}, {}}},
        {"core/sandbox", {tiles, {}, {}}},
        {"core/solver", {tiles, {}, {}}},
        {"core/prune", {with(tiles, {"core/solver", "core/tensor"}), {}, {"algebra"}}},
        {"core/reference", {with(tiles, {"core/solver"}), {}, {}}},
        {"core/session", {{"core/base", "core/simd", "core/sparsity", "core/methods", "core/solver", "core/prune"}, {}, {}}},
        {"core/view", {{"core/base"}, {}, {}}},
        {"core/jobs",
         {with(tiles,
               {"core/tensor", "core/io", "core/solver", "core/prune", "core/reference", "core/session", "core/view"}),
          {},
          {"json"}}},
        {"core/lesson",
         {with(tiles, {"core/tensor", "core/io", "core/solver", "core/prune", "core/jobs", "core/sandbox"}), {}, {}}},
        {"core/bench", {with(tiles, {"core/tensor", "core/solver", "core/reference"}), {}, {"json", "lemon"}}},
        {"core/bench/io", {with(core, {"core/bench"}), {}, {"json"}}},
        {"gpu/vulkan", {{"core/base", "core/view"}, {}, {"vulkan"}}},
        {"gpu/cuda", {with(tiles, {"core/solver"}), {"core/prune/linear_algebra.h"}, {"cuda"}}},
        {"gpu/cuda/warp",
         {{}, {"gpu/cuda/launches.h", "core/tile/small/feasible_masks.h"}, {}}}, // nvcc compiles it, and no Result
        {"gpu/cuda/bench", {with(tiles, {"core/solver", "core/prune", "core/bench", "gpu/cuda"}), {}, {"cuda"}}},
        {"gpu/cuda/check", {with(tiles, {"core/solver", "gpu/cuda", "tests/backend"}), {}, {}}},
        {"ui/models", {with(core, {"gpu/vulkan"}), {}, {"qt"}}},
        {"ui/attach",
         {{"core/base", "core/io", "core/jobs", "core/methods", "core/solver", "core/sparsity", "core/tensor", "ui/models"},
          {},
          {"qt"}}},
        {"ui/overlay", {{"core/base", "core/view"}, {"core/solver/snapshot.h"}, {"imgui", "fonts"}}},
        {"ui/viewport", {with(core, {"gpu/vulkan", "ui/models", "ui/overlay"}), {}, {"qt", "imgui", "vulkan"}}},
        {"ui/widgets", {with(core, {"gpu/vulkan", "ui/attach", "ui/models", "ui/overlay", "ui/viewport"}), {}, {"qt"}}},
        {"app/assets", {{}, {}, {}}},
        {"app/backends", {with(core, {"gpu/cuda"}), {}, {}}},
        {"app/mpi", {core, {}, {"mpi"}}},
        {"app/cli",
         {with(core, {"core/bench", "gpu/vulkan", "gpu/cuda", "app/assets", "app/backends", "app/mpi"}),
          {},
          {"qt", "json", "cli", "png"}}},
        {"app/python", {with(core, {"app/backends"}), {}, {"json", "python"}}},
        {"app", {with(core, {"gpu", "ui", "app"}), {}, {"qt", "json", "cli"}}},
    };
    return all;
}

/// The group a package's header belongs to; empty for the standard library, the system and what no rule speaks of.
std::string packageOf(const std::string &header)
{
    static const std::vector<std::pair<std::string, std::regex>> groups = {
        {"qt", std::regex("Q[A-Z].*|Qt[A-Z][A-Za-z]*/.*|q[a-z]+\\.h")},
        {"vulkan", std::regex("vulkan/.*|vk_.*")},
        {"cuda", std::regex("cuda.*|cub/.*|thrust/.*|cooperative_groups.*|driver_types.*|device_launch.*|nvtx.*")},
        {"imgui", std::regex("imgui.*|backends/imgui.*|misc/cpp/imgui.*")},
        {"hdf5", std::regex("hdf5.*|H5.*")},
        {"json", std::regex("nlohmann/.*")},
        {"deflate", std::regex("zlib\\.h|libdeflate\\.h")},
        {"tbb", std::regex("tbb/.*|oneapi/.*")},
        {"cli", std::regex("CLI/.*")},
        {"fonts", std::regex("fontconfig/.*")},
        {"lemon", std::regex("lemon/.*")},
        {"png", std::regex("png\\.h")},
        {"mpi", std::regex("mpi\\.h")},
        {"python", std::regex("nanobind/.*|Python\\.h")},
        {"algebra", std::regex("cblas\\.h|lapacke\\.h")},
    };
    for (const auto &[name, pattern] : groups)
        if (std::regex_match(header, pattern))
            return name;
    return {};
}

bool isWithin(const std::string &path, const std::string &folder)
{
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

/// The folder within which `header` is private; empty where other folders may include it.
std::string privateTo(const std::string &header)
{
    static const std::map<std::string, std::string> folders = {
        {"core/io/copies", "core/io"}, {"core/io/hdf5", "core/io"},        {"core/io/masks", "core/io"},
        {"core/io/npy", "core/io"},    {"core/io/safetensors", "core/io"}, {"core/io/tile", "core/io"},
        {"core/io/zip", "core/io"},
    };
    for (const auto &[folder, owner] : folders)
        if (isWithin(header, folder))
            return owner;
    return {};
}

/// The most specific folder with a rule that holds `path`; empty if there is none.
std::string ruledFolderOf(const std::string &path)
{
    std::string best;
    for (const auto &[folder, rule] : rules())
        if (isWithin(path, folder) && folder.size() > best.size())
            best = folder;
    return best;
}

bool isOurs(const std::string &header)
{
    static const std::vector<std::string> tops = {"core", "gpu", "ui", "app", "tests"};
    return std::any_of(tops.begin(), tops.end(), [&](const std::string &top) { return isWithin(header, top); });
}

/// What is wrong with `file` (a path from the root) including `header`; empty when nothing is.
std::string problemOf(const std::string &file, const std::string &header)
{
    const std::string from = ruledFolderOf(file);
    if (from.empty())
        return file + " lies in a folder that has no rule in include_arrows_test.cpp";
    const Rule &rule = rules().at(from);
    if (header.starts_with("../") || header.find("/../") != std::string::npos)
        return file + " includes " + header + " by a path that climbs; write it from the root";
    if (isOurs(header)) {
        const bool allowed = isWithin(header, from) || rule.files.contains(header) ||
            std::any_of(rule.folders.begin(), rule.folders.end(),
                        [&](const std::string &folder) { return isWithin(header, folder); });
        if (!allowed)
            return file + " includes " + header + ", but " + from + " may not see it";
        const std::string owner = privateTo(header);
        return owner.empty() || isWithin(file, owner) ? "" : file + " includes " + header + ", which is private to " + owner;
    }
    const std::string package = packageOf(header);
    if (!package.empty() && !rule.packages.contains(package))
        return file + " includes <" + header + ">, but " + from + " does not use " + package;
    return {};
}

std::vector<std::string> includesOf(const fs::path &file)
{
    static const std::regex include("^\\s*#\\s*include\\s*[\"<]([^\">]+)[\">].*");
    std::vector<std::string> headers;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);)
        if (std::smatch match; std::regex_match(line, match, include))
            headers.push_back(match[1]);
    return headers;
}

/// A header and its source are one module: their common path without the ending.
std::string moduleOf(const std::string &file)
{
    return file.substr(0, file.rfind('.'));
}

/// Which modules include which.
using Modules = std::map<std::string, std::set<std::string>>;

/// Every circle that a walk in depth meets, each as "a → b → a".
std::vector<std::string> circlesOf(const Modules &modules)
{
    enum class Mark { None, Open, Done };
    std::map<std::string, Mark> marks;
    std::vector<std::string> path, circles;
    const std::function<void(const std::string &)> visit = [&](const std::string &module) {
        marks[module] = Mark::Open;
        path.push_back(module);
        for (const std::string &next : modules.contains(module) ? modules.at(module) : std::set<std::string>()) {
            if (marks[next] == Mark::None) {
                visit(next);
            } else if (marks[next] == Mark::Open) {
                std::string circle;
                for (auto at = std::find(path.begin(), path.end(), next); at != path.end(); ++at)
                    circle += *at + " → ";
                circles.push_back(circle + next);
            }
        }
        path.pop_back();
        marks[module] = Mark::Done;
    };
    for (const auto &[module, includes] : modules)
        if (marks[module] == Mark::None)
            visit(module);
    return circles;
}

struct Tree {
    std::vector<std::string> problems;
    Modules modules;
    int files = 0;
    int includes = 0;
};

Tree check(const fs::path &root)
{
    static const std::set<std::string> endings = {".h", ".hpp", ".cpp", ".cu", ".cuh", ".inc"};
    Tree tree;
    for (const char *top : {"core", "gpu", "ui", "app"}) {
        if (!fs::exists(root / top))
            continue;
        for (const auto &entry : fs::recursive_directory_iterator(root / top)) {
            if (!entry.is_regular_file() || !endings.contains(entry.path().extension().string()))
                continue;
            ++tree.files;
            const std::string file = entry.path().lexically_relative(root).generic_string();
            for (const std::string &header : includesOf(entry.path())) {
                ++tree.includes;
                if (const std::string problem = problemOf(file, header); !problem.empty())
                    tree.problems.push_back(problem);
                if (isOurs(header) && moduleOf(header) != moduleOf(file))
                    tree.modules[moduleOf(file)].insert(moduleOf(header));
            }
        }
    }
    return tree;
}

TEST(IncludeArrows, NoFileIncludesAgainstThem)
{
    const Tree tree = check(NMS_SOURCE_DIR);
    EXPECT_GT(tree.files, 50);
    EXPECT_GT(tree.includes, 100);
    for (const std::string &problem : tree.problems)
        ADD_FAILURE() << problem;
}

TEST(IncludeArrows, NoModulesFormACircle)
{
    const Tree tree = check(NMS_SOURCE_DIR);
    EXPECT_GT(tree.modules.size(), 100U);
    for (const std::string &circle : circlesOf(tree.modules))
        ADD_FAILURE() << circle << ": move what both need to a module of its own";
}

TEST(IncludeArrows, PlantedCirclesAreFound)
{
    EXPECT_TRUE(circlesOf({{"a", {"b", "c"}}, {"b", {"c"}}}).empty());
    EXPECT_EQ(circlesOf({{"a", {"b"}}, {"b", {"a"}}}), std::vector<std::string>{"a → b → a"});
    EXPECT_EQ(circlesOf({{"a", {"b"}}, {"b", {"c", "d"}}, {"c", {"e"}}, {"d", {"b"}}, {"e", {"b"}}}).size(), 2U);
}

TEST(IncludeArrows, PlantedIncludesAreFound)
{
    const fs::path root = fs::path(testing::TempDir()) / "nmscope-include-arrows";
    fs::remove_all(root);
    fs::create_directories(root / "core/base");
    fs::create_directories(root / "ui/overlay");
    std::ofstream(root / "core/base/wrong.cpp")
        << "#include \"core/io/weights_file.h\"\n  #  include <QString> // Qt\n#include <vector>\n";
    std::ofstream(root / "ui/overlay/panel.cpp")
        << "#include \"core/solver/snapshot.h\"\n#include \"core/solver/solve.h\"\n";
    const Tree tree = check(root);
    fs::remove_all(root);
    EXPECT_EQ(tree.files, 2);
    EXPECT_EQ(tree.includes, 5);
    EXPECT_EQ(tree.problems.size(), 3U);
}

TEST(IncludeArrows, EachKindOfForbiddenIncludeHasAProblem)
{
    EXPECT_NE(problemOf("core/solver/live/a.cpp", "core/session/history.h"), "");
    EXPECT_NE(problemOf("core/jobs/a.cpp", "core/io/hdf5/file.h"), "");
    EXPECT_EQ(problemOf("core/io/masks/a.cpp", "core/io/hdf5/file.h"), "");
    EXPECT_EQ(problemOf("core/jobs/a.cpp", "core/io/disk/atomic_file.h"), "");
    EXPECT_NE(problemOf("core/simd/a.h", "core/tile/tile.h"), "");
    EXPECT_NE(problemOf("core/tile/exact/a.h", "core/methods/method.h"), "");
    EXPECT_NE(problemOf("core/methods/a.cpp", "core/solver/solution.h"), "");
    EXPECT_NE(problemOf("core/solver/a.cpp", "core/reference/reference_backend.h"), "");
    EXPECT_NE(problemOf("gpu/cuda/a.cpp", "core/reference/reference_backend.h"), "");
    EXPECT_NE(problemOf("core/io/a.cpp", "core/solver/solve.h"), "");
    EXPECT_NE(problemOf("core/session/a.cpp", "gpu/cuda/cuda_backend.h"), "");
    EXPECT_NE(problemOf("ui/models/a.cpp", "ui/widgets/b.h"), "");
    EXPECT_NE(problemOf("ui/models/a.cpp", "ui/attach/b.h"), "");
    EXPECT_NE(problemOf("ui/attach/a.cpp", "ui/widgets/b.h"), "");
    EXPECT_NE(problemOf("ui/widgets/a.cpp", "gpu/cuda/cuda_backend.h"), "");
    EXPECT_NE(problemOf("app/cli/a.cpp", "ui/models/workspace.h"), "");
    EXPECT_NE(problemOf("core/io/a.cpp", "tests/unit/b.h"), "");
    EXPECT_NE(problemOf("core/base/a.cpp", "../io/b.h"), "");
    EXPECT_NE(problemOf("core/newcomer/a.cpp", "vector"), "");
    EXPECT_NE(problemOf("core/tensor/a.cpp", "hdf5.h"), "");
    EXPECT_NE(problemOf("core/tensor/a.cpp", "zlib.h"), "");
    EXPECT_NE(problemOf("core/view/a.cpp", "vulkan/vulkan.h"), "");
    EXPECT_NE(problemOf("core/solver/a.cpp", "cuda_runtime.h"), "");
    EXPECT_NE(problemOf("core/session/a.cpp", "nlohmann/json.hpp"), "");
    EXPECT_NE(problemOf("ui/overlay/a.cpp", "QString"), "");
    EXPECT_NE(problemOf("ui/models/a.cpp", "imgui.h"), "");
    EXPECT_NE(problemOf("core/solver/a.cpp", "lemon/network_simplex.h"), "");
    EXPECT_NE(problemOf("core/solver/a.cpp", "core/bench/rounds.h"), "");
    EXPECT_NE(problemOf("core/bench/a.cpp", "core/io/weights_file.h"), "");
    EXPECT_NE(problemOf("core/jobs/a.cpp", "app/mpi/launched_ranks.h"), "");
    for (const char *below : {"base", "tensor", "io", "sparsity", "solver", "session", "view", "bench"})
        EXPECT_NE(problemOf("core/" + std::string(below) + "/a.cpp", "core/jobs/solve_file.h"), "");
    EXPECT_NE(problemOf("core/jobs/a.cpp", "app/backends/backends.h"), "");
    EXPECT_NE(problemOf("core/jobs/a.cpp", "gpu/cuda/cuda_backend.h"), "");
    EXPECT_NE(problemOf("core/jobs/a.cpp", "core/bench/rounds.h"), "");
    EXPECT_NE(problemOf("core/jobs/a.cpp", "CLI/CLI.hpp"), "");
    EXPECT_NE(problemOf("core/jobs/a.cpp", "QString"), "");
    EXPECT_NE(problemOf("ui/widgets/a.cpp", "core/bench/rounds.h"), "");
}

TEST(IncludeArrows, WhatTheHouseAllowsHasNone)
{
    EXPECT_EQ(problemOf("core/io/a.cpp", "core/sparsity/mask.h"), "");
    EXPECT_EQ(problemOf("core/solver/live/a.cpp", "core/solver/solve.h"), "");
    EXPECT_EQ(problemOf("core/solver/a.cpp", "core/tile/tile.h"), "");
    EXPECT_EQ(problemOf("gpu/cuda/a.cu", "core/solver/solver_backend.h"), "");
    EXPECT_EQ(problemOf("ui/overlay/a.cpp", "core/solver/snapshot.h"), "");
    EXPECT_EQ(problemOf("core/jobs/a.cpp", "core/view/heatmap_scene.h"), "");
    EXPECT_EQ(problemOf("core/jobs/a.cpp", "nlohmann/json.hpp"), "");
    EXPECT_EQ(problemOf("ui/models/a.cpp", "core/jobs/export_mask.h"), "");
    EXPECT_EQ(problemOf("app/main.cpp", "ui/widgets/main_window.h"), "");
    EXPECT_EQ(problemOf("ui/viewport/a.cpp", "vulkan/vulkan.h"), "");
    EXPECT_EQ(problemOf("core/base/a.cpp", "sys/stat.h"), "");
}

} // namespace
