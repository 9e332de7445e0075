// SPDX-License-Identifier: Apache-2.0
#include "core/io/weights_format.h"

#include "core/io/hdf5/support.h"

#include <algorithm>
#include <filesystem>

namespace nms {

namespace {

// Formats with a signature at the beginning of the file come first. HDF5's may also be at 512, 1024, … after a user block,
// where the same bytes may be data of another format.
constexpr const WeightsFormat *formats[] = {
    &safetensorsFormat, &npyFormat, &kerasFormat, &npzFormat, &shardedFormat, &tileFormat, &hdf5Format,
};

std::string listOf(std::vector<std::string_view> names, std::string_view conjunction)
{
    std::sort(names.begin(), names.end()); // for messages; the order of recognition means nothing to users
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0)
            text += i + 1 < names.size() ? ", " : " " + std::string(conjunction) + " ";
        text += names[i];
    }
    return text;
}

} // namespace

std::span<const WeightsFormat *const> weightsFormats()
{
    return formats;
}

const WeightsFormat *formatOfEnding(std::string_view fileName)
{
    std::string name = std::filesystem::path(fileName).filename().string();
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    for (const WeightsFormat *format : formats)
        for (const std::string_view ending : format->endings)
            if (name.size() > ending.size() && name.ends_with(ending))
                return format;
    return nullptr;
}

std::string weightsFormatNames(std::string_view conjunction)
{
    std::vector<std::string_view> names;
    for (const WeightsFormat *format : formats)
        names.push_back(format->name);
    return listOf(names, conjunction);
}

std::string readableEndings()
{
    std::vector<std::string_view> endings;
    for (const WeightsFormat *format : formats)
        endings.push_back(format->endings.front());
    return listOf(endings, "or");
}

std::string writableEndings()
{
    std::vector<std::string_view> endings;
    for (const WeightsFormat *format : formats)
        if (format->createSink)
            endings.push_back(format->endings.front());
    return listOf(endings, "or");
}

std::string weightsLibraries()
{
    return "HDF5 " + hdf5Version().text();
}

} // namespace nms
