// SPDX-License-Identifier: Apache-2.0
#include "app/assets/asset_files.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace nms {

namespace {

namespace fs = std::filesystem;

/// Where the assets may be: in the installation, and in the build folder.
std::array<fs::path, 2> places()
{
    std::error_code ignored; // a file that cannot be accessed counts as missing
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    return {program / "../share/nmscope", program / "share/nmscope"};
}

std::string find(const std::string &name)
{
    std::error_code ignored;
    for (const fs::path &place : places())
        if (fs::is_regular_file(place / name, ignored))
            return (place / name).lexically_normal().string();
    return {};
}

} // namespace

std::string sampleWeightsFile()
{
    return find("samples/minilm-layer0.h5");
}

std::string sampleCalibrationFile()
{
    return find("samples/minilm-layer0-hessian.h5");
}

std::vector<std::string> lessonFiles()
{
    std::vector<std::string> files;
    std::error_code ignored;
    for (const fs::path &place : places()) {
        for (fs::directory_iterator entry(place / "lessons", ignored), end; entry != end; entry.increment(ignored))
            if (entry->path().extension() == ".md" && entry->path().filename() != "README.md")
                files.push_back(entry->path().lexically_normal().string());
        if (!files.empty())
            break;
    }
    std::ranges::sort(files);
    return files;
}

std::string fontFolder()
{
    std::error_code ignored;
    for (const fs::path &place : places())
        if (fs::is_directory(place / "fonts", ignored))
            return (place / "fonts").lexically_normal().string();
    return {};
}

std::string documentationFile(const std::string &name)
{
    return fs::path(name).filename() == name ? find("docs/" + name) : std::string();
}

std::string torchScriptFile()
{
    return find("bench/torch_baseline.py");
}

} // namespace nms
