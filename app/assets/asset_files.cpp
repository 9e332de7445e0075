// SPDX-License-Identifier: Apache-2.0
#include "app/assets/asset_files.h"

#include <array>
#include <filesystem>

namespace nms {

namespace {

namespace fs = std::filesystem;

std::string find(const char *installed, const char *inSources)
{
    std::error_code ignored; // a file that cannot be accessed counts as missing
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    const std::array<fs::path, 2> places = {program / "../share/nmscope" / installed, fs::path(NMS_SOURCE_DIR) / inSources};
    for (const fs::path &place : places)
        if (fs::is_regular_file(place, ignored))
            return place.lexically_normal().string();
    return {};
}

} // namespace

std::string sampleWeightsFile()
{
    return find("samples/minilm-layer0.h5", "assets/samples/minilm-layer0.h5");
}

} // namespace nms
