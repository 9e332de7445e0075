// SPDX-License-Identifier: Apache-2.0
#include "core/io/safetensors/header.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/io/disk/text.h"
#include "core/io/safetensors/entries.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

namespace nms {

namespace {

/// A type of the format (`Dtype` of its reference implementation, 0.8).
struct FormatType {
    DType dtype; // Other: listed, not read
    std::string_view name;
    int bits; // of an element
    std::string_view meaning; // only for types that are not read
};

constexpr FormatType types[] = {{DType::F16, "F16", 16, {}},
                                {DType::BF16, "BF16", 16, {}},
                                {DType::F32, "F32", 32, {}},
                                {DType::F64, "F64", 64, {}},
                                {DType::F8E4M3, "F8_E4M3", 8, {}},
                                {DType::F8E5M2, "F8_E5M2", 8, {}},
                                {DType::Bool, "BOOL", 8, {}},
                                {DType::U8, "U8", 8, {}},
                                {DType::I8, "I8", 8, {}},
                                {DType::U16, "U16", 16, {}},
                                {DType::I16, "I16", 16, {}},
                                {DType::U32, "U32", 32, {}},
                                {DType::I32, "I32", 32, {}},
                                {DType::U64, "U64", 64, {}},
                                {DType::I64, "I64", 64, {}},
                                {DType::Other, "F4", 4, "4-bit floats, two in a byte"},
                                {DType::Other, "F6_E2M3", 6, "6-bit floats, four in three bytes"},
                                {DType::Other, "F6_E3M2", 6, "6-bit floats, four in three bytes"},
                                {DType::Other, "F8_E8M0", 8, "powers of two, the scales of microscaled blocks"},
                                {DType::Other, "F8_E4M3FNUZ", 8, "8-bit floats with another bias"},
                                {DType::Other, "F8_E5M2FNUZ", 8, "8-bit floats with another bias"},
                                {DType::Other, "C64", 64, "complex numbers"}};

const FormatType *typeNamed(std::string_view name)
{
    const auto found = std::find_if(std::begin(types), std::end(types), [&](const auto &type) { return type.name == name; });
    return found == std::end(types) ? nullptr : found;
}

/// What is wrong with one tensor's entry, without regard to the others; empty if it is valid.
std::string problemOf(const SafetensorsEntry &entry, const FormatType *type)
{
    if (!entry.hasDtype || !entry.hasShape || !entry.hasOffsets || entry.offsets.size() != 2)
        return "has not all of dtype, shape and two data_offsets";
    const std::int64_t begin = entry.offsets[0];
    const std::int64_t end = entry.offsets[1];
    if (begin > end)
        return "has data_offsets that end before they begin";
    const auto elements = checkedProduct(entry.shape);
    if (!elements)
        return "claims a shape of " + formatShape(entry.shape) + ", more than can be counted";
    if (!type)
        return {};
    const auto bits = checkedMultiply(*elements, type->bits);
    if (bits && *bits % 8 != 0)
        return "claims " + formatShape(entry.shape) + " " + entry.dtype + ", which does not end at a whole byte";
    if (!bits || *bits / 8 != end - begin)
        return "claims " + formatShape(entry.shape) + " " + entry.dtype + ", but data_offsets that hold " +
            std::to_string(end - begin) + " bytes";
    return {};
}

/// The error if one tensor's data ends at `end` and the next tensor's begins at `begin` ≠ `end`.
std::string gapBetween(const std::string &last, std::int64_t end, const std::string &next, std::int64_t begin)
{
    if (begin < end)
        return "lets tensors overlap: " + last + " ends at byte " + std::to_string(end) + " of the data, " + next +
            " begins at byte " + std::to_string(begin);
    return "leaves a hole: bytes " + std::to_string(end) + " to " + std::to_string(begin - 1) + " of the data, " +
        (last.empty() ? "in front of " : "between " + last + " and ") + next + ", belong to no tensor";
}

std::string whyNotRead(const SafetensorsEntry &entry, const FormatType *type)
{
    if (!type)
        return "has elements of type " + escaped(entry.dtype) +
            ", which is not read: safetensors did not define it when this program was made";
    return "has elements of type " + entry.dtype + " (" + std::string(type->meaning) + "), which is not read";
}

} // namespace

std::optional<std::uint64_t> safetensorsHeaderBytes(std::string_view head)
{
    if (head.size() <= safetensorsPrefixBytes || head[safetensorsPrefixBytes] != '{')
        return std::nullopt;
    std::uint64_t bytes = 0;
    for (int i = safetensorsPrefixBytes; i-- > 0;)
        bytes = bytes << 8 | static_cast<unsigned char>(head[std::size_t(i)]);
    return bytes;
}

std::string_view safetensorsName(DType dtype)
{
    if (dtype == DType::Other)
        return {};
    const auto found =
        std::find_if(std::begin(types), std::end(types), [&](const auto &type) { return type.dtype == dtype; });
    return found == std::end(types) ? std::string_view() : found->name;
}

Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view json, std::int64_t dataBytes, const std::string &fileName)
{
    const auto refuse = [&](const std::string &what, const char *remedy = "get the file again") {
        return fail(ErrorKind::Input, fileName, "is no valid safetensors file: its header " + what, remedy);
    };
    constexpr const char *writtenWrong = "it was written wrong: save it anew with safetensors' own save_file";
    if (!json.starts_with('{'))
        return refuse("does not begin with {");
    SafetensorsEntries read = readSafetensorsEntries(json);
    if (!read.problem.empty())
        return refuse(read.problem);
    std::vector<SafetensorsEntry> &entries = read.entries;
    std::vector<const FormatType *> found;
    for (const SafetensorsEntry &entry : entries) {
        found.push_back(typeNamed(entry.dtype));
        if (const std::string problem = problemOf(entry, found.back()); !problem.empty())
            return refuse("says that tensor " + shownName(entry.name) + " " + problem);
    }
    std::vector<std::size_t> order(entries.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    // Stable, and by both offsets: empty tensors come where their neighbours meet, in the order of the header.
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return entries[a].offsets < entries[b].offsets; });

    SafetensorsHeader header;
    header.metadata = std::move(read.metadata);
    const std::int64_t dataBegin = safetensorsPrefixBytes + std::int64_t(json.size());
    std::int64_t position = 0;
    std::string last;
    for (const std::size_t i : order) {
        SafetensorsEntry &entry = entries[i];
        const std::string name = shownName(entry.name);
        if (entry.offsets[0] != position)
            return refuse(gapBetween(last, position, name, entry.offsets[0]), writtenWrong);
        position = entry.offsets[1];
        last = name;
        if (!isPlainText(entry.name)) {
            header.skipped.push_back({escaped(entry.name), "has a name with control characters, which is not read"});
            continue;
        }
        TensorInfo info;
        info.path = std::move(entry.name);
        info.shape = std::move(entry.shape);
        info.dtype = found[i] ? found[i]->dtype : DType::Other;
        if (info.dtype == DType::Other)
            info.unreadable = whyNotRead(entry, found[i]);
        info.storedType = found[i] ? std::move(entry.dtype) : escaped(entry.dtype);
        info.layout = "contiguous";
        header.tensors.push_back(std::move(info));
        header.offsets.push_back(dataBegin + entry.offsets[0]);
    }
    if (position > dataBytes)
        return refuse("describes " + std::to_string(position) + " bytes of data, but the file holds " +
                      std::to_string(dataBytes) + ": it is cut off");
    if (position < dataBytes)
        return refuse("describes " + std::to_string(position) + " bytes of data, but the file holds " +
                          std::to_string(dataBytes) + ": those behind " + (last.empty() ? std::string("the header") : last) +
                          " belong to no tensor",
                      writtenWrong);
    return header;
}

std::string makeSafetensorsHeader(const std::vector<TensorInfo> &tensors, const std::map<std::string, std::string> &metadata)
{
    // Built from pieces of text: an ordered_json would search all names for each new one.
    const auto dumped = [](const auto &value) {
        return nlohmann::ordered_json(value).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    };
    std::string text = "{";
    if (!metadata.empty())
        text += "\"__metadata__\":" + dumped(metadata);
    std::int64_t position = 0;
    for (const TensorInfo &tensor : tensors) {
        const std::int64_t end = position + tensor.elements() * bytesOf(tensor.dtype);
        nlohmann::ordered_json entry;
        entry["dtype"] = safetensorsName(tensor.dtype);
        entry["shape"] = tensor.shape;
        entry["data_offsets"] = {position, end};
        text += (text.size() > 1 ? "," : "") + dumped(tensor.path) + ":" + dumped(entry);
        position = end;
    }
    text += "}";
    while (text.size() % 8 != 0)
        text += ' ';
    std::string prefix;
    for (int i = 0; i < safetensorsPrefixBytes; ++i)
        prefix += char(text.size() >> (8 * i) & 0xff);
    return prefix + text;
}

} // namespace nms
