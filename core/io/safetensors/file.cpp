// SPDX-License-Identifier: Apache-2.0
#include "core/io/safetensors/file.h"

#include "core/io/file_patch.h"
#include "core/io/safetensors/header.h"
#include "core/io/tensor_sink.h"
#include "core/tensor/quantized.h"

#include <cstring>
#include <new>
#include <nlohmann/json.hpp>

namespace nms {

namespace {

/// Whether the header has a length that the format allows; open() checks whether the file is that long.
Result<bool> hasHeader(std::string_view head, const RegularFile &)
{
    const auto claimed = safetensorsHeaderBytes(head);
    return claimed && *claimed <= std::uint64_t(safetensorsHeaderLimit);
}

/// Adds a note to quantised tensors with scales: masks are made for the stored numbers, without the scales.
void noteScales(std::vector<TensorInfo> &tensors)
{
    const QuantizedLayers layers(tensors);
    for (TensorInfo &tensor : tensors)
        if (tensor.dtype == DType::F8E4M3 || tensor.dtype == DType::F8E5M2)
            if (const std::string scales = layers.scalesOf(tensor); !scales.empty())
                tensor.note =
                    "its scales are kept in " + scales + "; the stored numbers are taken as they are, without them";
}

Result<std::unique_ptr<FileSource>> openSafetensors(RegularFile file, const std::stop_token &)
{
    return SafetensorsFile::open(std::move(file));
}

constexpr std::string_view endings[] = {".safetensors"};

} // namespace

constinit const WeightsFormat safetensorsFormat{"safetensors", endings, hasHeader, openSafetensors, createSafetensorsSink};

Result<std::unique_ptr<SafetensorsFile>> SafetensorsFile::open(RegularFile file)
{
    std::uint64_t claimed = 0;
    std::byte prefix[safetensorsPrefixBytes];
    if (Status read = file.readAt(0, prefix); !read)
        return fail(read.error());
    std::memcpy(&claimed, prefix, sizeof claimed);
    const std::int64_t room = file.size() - safetensorsPrefixBytes;
    const auto refuse = [&](const std::string &what) {
        return fail(ErrorKind::Input, file.path(), "is no valid safetensors file: its header claims " + what,
                    "get the file again");
    };
    if (claimed > std::uint64_t(room))
        return refuse(std::to_string(claimed) + " bytes, but the file has only " + std::to_string(room) + " more");
    if (claimed > std::uint64_t(safetensorsHeaderLimit))
        return refuse(std::to_string(claimed) + " bytes; the format's limit is " + std::to_string(safetensorsHeaderLimit));
    std::string json;
    try {
        json.resize(std::size_t(claimed));
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, file.path(), "needs " + std::to_string(claimed) + " bytes for its header");
    }
    if (Status read = file.readAt(safetensorsPrefixBytes, std::as_writable_bytes(std::span(json))); !read)
        return fail(read.error());
    auto header = parseSafetensorsHeader(json, room - std::int64_t(claimed), file.path());
    if (!header)
        return fail(header.error());
    std::unique_ptr<SafetensorsFile> source(new SafetensorsFile(std::move(file)));
    noteScales(header->tensors);
    source->m_metadata = std::move(header->metadata);
    source->m_offsets = std::move(header->offsets);
    source->m_skipped = std::move(header->skipped);
    source->setTensors(std::move(header->tensors));
    return source;
}

Result<Attributes> SafetensorsFile::attributes(const TensorInfo &tensor)
{
    const auto text = metadata().find(tensor.path);
    return text == metadata().end() ? Attributes() : attributesFromJson(text->second);
}

Result<std::unique_ptr<FilePatch>> SafetensorsFile::makePatch(std::span<const TensorInfo> replaced, const AtomicFile &copy,
                                                              const std::stop_token &)
{
    auto patch = std::make_unique<FilePatch>(m_file, copy);
    for (const TensorInfo &tensor : replaced) {
        const auto index = indexOf(tensor);
        if (!index)
            return fail(index.error());
        patch->setPlace(tensor.path, {m_offsets[*index], false});
    }
    return patch;
}

Status SafetensorsFile::readRaw(std::size_t index, std::int64_t row0, std::int64_t, std::span<std::byte> out)
{
    return readElements(index, row0 * tensors()[index].rawCols(), out);
}

Status SafetensorsFile::readElements(std::size_t index, std::int64_t first, std::span<std::byte> out)
{
    // No overflow: the whole span was checked to lie within the file.
    return m_file.readAt(m_offsets[index] + first * bytesOf(tensors()[index].dtype), out);
}

Status SafetensorsFile::readElementsOf(const TensorInfo &tensor, std::int64_t first, std::span<std::byte> out)
{
    const auto index = indexOf(tensor);
    return index ? readElements(*index, first, out) : fail(index.error());
}

std::string attributesToJson(const Attributes &attributes)
{
    nlohmann::json json = nlohmann::json::object();
    for (const auto &[name, value] : attributes)
        std::visit(
            [&, key = name](const auto &content) {
                if constexpr (!std::is_same_v<std::decay_t<decltype(content)>, UnreadAttribute>)
                    json[key] = content;
            },
            value);
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Attributes attributesFromJson(const std::string &text)
{
    constexpr std::size_t longestText = 1 << 20;
    constexpr int deepest = 2; // an object of scalars and flat lists; deeper values would be discarded anyway
    if (text.size() > longestText)
        return {};
    bool tooDeep = false;
    const auto shallow = [&tooDeep](int depth, nlohmann::json::parse_event_t, nlohmann::json &) {
        tooDeep = tooDeep || depth > deepest;
        return !tooDeep;
    };
    const nlohmann::json json = nlohmann::json::parse(text, shallow, false);
    if (tooDeep || !json.is_object())
        return {};
    Attributes attributes;
    for (const auto &[name, value] : json.items()) {
        if (value.is_boolean()) {
            attributes.emplace(name, value.get<bool>());
        } else if (value.is_number_integer()) {
            attributes.emplace(name, value.get<std::int64_t>());
        } else if (value.is_number_float()) {
            attributes.emplace(name, value.get<double>());
        } else if (value.is_string()) {
            attributes.emplace(name, value.get<std::string>());
        } else if (value.is_array()) {
            std::vector<std::int64_t> list;
            for (const auto &element : value)
                if (element.is_number_integer())
                    list.push_back(element.get<std::int64_t>());
            if (list.size() == value.size())
                attributes.emplace(name, std::move(list));
        }
    }
    return attributes;
}

} // namespace nms
