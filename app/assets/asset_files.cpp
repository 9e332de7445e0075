// SPDX-License-Identifier: Apache-2.0
#include "app/assets/asset_files.h"

#include <filesystem>

namespace nms {

namespace {

namespace fs = std::filesystem;

std::string find(const std::string &name)
{
    std::error_code ignored; // a file that cannot be accessed counts as missing
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const char *folder : {"../share/nmscope", "share/nmscope"})
        if (const fs::path file = program / folder / name; fs::is_regular_file(file, ignored))
            return file.lexically_normal().string();
    return {};
}

} // namespace

std::string sampleWeightsFile()
{
    return find("samples/minilm-layer0.h5");
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
