// SPDX-License-Identifier: Apache-2.0
#include "core/io/weights_format.h"

#include "core/io/hdf5_support.h"

#include <algorithm>
#include <filesystem>

namespace nms {

namespace {

constexpr const WeightsFormat *formats[] = {
    &hdf5Format, &kerasFormat, &npyFormat, &npzFormat, &safetensorsFormat,
};

std::string listOf(const std::vector<std::string_view> &names, std::string_view conjunction)
{
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
    std::string ending = std::filesystem::path(fileName).extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    for (const WeightsFormat *format : formats)
        if (std::find(format->endings.begin(), format->endings.end(), ending) != format->endings.end())
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
