// SPDX-License-Identifier: Apache-2.0
#include "core/io/safetensors_header.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/io/text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <unordered_set>

namespace nms {

namespace {

struct NamedType {
    DType dtype;
    std::string_view name;
};

constexpr NamedType types[] = {{DType::F16, "F16"},   {DType::BF16, "BF16"}, {DType::F32, "F32"}, {DType::F64, "F64"},
                               {DType::Bool, "BOOL"}, {DType::U8, "U8"},     {DType::I8, "I8"},   {DType::U16, "U16"},
                               {DType::I16, "I16"},   {DType::U32, "U32"},   {DType::I32, "I32"}, {DType::U64, "U64"},
                               {DType::I64, "I64"}};

DType dtypeNamed(std::string_view name)
{
    for (const NamedType &type : types)
        if (type.name == name)
            return type.dtype;
    return DType::Other;
}

constexpr std::size_t mostDimensions = 32;

struct Entry {
    std::string name;
    std::string dtype;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> offsets;
    bool hasDtype = false;
    bool hasShape = false;
    bool hasOffsets = false;
};

/// Takes the header event by event and stops at the first thing the format does not have, so that neither nesting nor
/// duplicates nor sheer size can build anything up.
class HeaderHandler final : public nlohmann::json_sax<nlohmann::json>
{
public:
    std::vector<Entry> entries;
    std::map<std::string, std::string> metadata;
    std::string problem;

    bool null() override { return refuse("a null"); }
    bool boolean(bool) override { return refuse("a boolean"); }
    bool number_float(number_float_t, const string_t &) override { return refuse("a number that is no integer"); }
    bool binary(binary_t &) override { return refuse("binary data"); }
    bool number_integer(number_integer_t) override { return refuse("a negative number"); }
    bool number_unsigned(number_unsigned_t value) override;
    bool string(string_t &text) override;
    bool start_object(std::size_t) override;
    bool key(string_t &name) override;
    bool end_object() override;
    bool start_array(std::size_t) override;
    bool end_array() override;
    bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &) override
    {
        return stop("is no valid JSON at byte " + std::to_string(position));
    }

private:
    enum class Place { Outside, Top, Metadata, Tensor, Dtype, Shape, ShapeList, Offsets, OffsetsList, Done };

    bool stop(std::string what)
    {
        if (problem.empty())
            problem = std::move(what);
        return false;
    }
    bool refuse(const std::string &what) { return stop("has " + what + " where the format has none" + at()); }
    std::string at() const
    {
        if (m_place == Place::Metadata)
            return ", in __metadata__";
        return m_place == Place::Outside || m_place == Place::Top || entries.empty() ? ""
                                                                                     : ", in tensor " + entries.back().name;
    }

    Place m_place = Place::Outside;
    std::string m_metadataKey;
    bool m_metadataSeen = false;
    std::unordered_set<std::string> m_names;
};

bool HeaderHandler::number_unsigned(number_unsigned_t value)
{
    if (m_place != Place::ShapeList && m_place != Place::OffsetsList)
        return refuse("a number");
    if (value > number_unsigned_t(INT64_MAX))
        return stop("has a number beyond 2^63" + at());
    std::vector<std::int64_t> &list = m_place == Place::ShapeList ? entries.back().shape : entries.back().offsets;
    if (list.size() >= (m_place == Place::ShapeList ? mostDimensions : 2))
        return stop(m_place == Place::ShapeList ? "has more than 32 dimensions" + at()
                                                : "has more than two data_offsets" + at());
    list.push_back(std::int64_t(value));
    return true;
}

bool HeaderHandler::string(string_t &text)
{
    if (m_place == Place::Metadata && m_metadataSeen) {
        metadata[m_metadataKey] = std::move(text);
        return true;
    }
    if (m_place != Place::Dtype)
        return refuse("a text");
    entries.back().dtype = std::move(text);
    m_place = Place::Tensor;
    return true;
}

bool HeaderHandler::start_object(std::size_t)
{
    if (m_place == Place::Outside) {
        m_place = Place::Top;
        return true;
    }
    // key() has moved from Top to Metadata or Tensor already; one of these has not been opened yet if this is its value.
    const bool expected = m_place == Place::Metadata
        ? !std::exchange(m_metadataSeen, true)
        : m_place == Place::Tensor && m_names.insert(entries.back().name).second;
    return expected || refuse("an object");
}

bool HeaderHandler::key(string_t &name)
{
    if (m_place == Place::Top) {
        if (name == "__metadata__") {
            m_place = Place::Metadata;
            return !m_metadataSeen || stop("has __metadata__ twice");
        }
        if (name.empty() || !isPlainText(name))
            return stop("has a tensor whose name is no plain text: \"" + escaped(name) + "\"");
        if (m_names.contains(name))
            return stop("has the tensor " + name + " twice");
        entries.emplace_back().name = std::move(name);
        m_place = Place::Tensor;
        return true;
    }
    if (m_place == Place::Metadata) {
        m_metadataKey = std::move(name);
        return !metadata.contains(m_metadataKey) || stop("has the metadata " + escaped(m_metadataKey) + " twice");
    }
    if (m_place != Place::Tensor)
        return refuse("a key");
    const auto once = [&](bool &seen, Place next) {
        m_place = next;
        return !std::exchange(seen, true) || stop("has " + name + " twice" + at());
    };
    if (name == "dtype")
        return once(entries.back().hasDtype, Place::Dtype);
    if (name == "shape")
        return once(entries.back().hasShape, Place::Shape);
    if (name == "data_offsets")
        return once(entries.back().hasOffsets, Place::Offsets);
    return stop("has an unknown key \"" + escaped(name) + "\"" + at());
}

bool HeaderHandler::end_object()
{
    m_place = m_place == Place::Top ? Place::Done : Place::Top;
    return true;
}

bool HeaderHandler::start_array(std::size_t)
{
    if (m_place == Place::Shape)
        m_place = Place::ShapeList;
    else if (m_place == Place::Offsets)
        m_place = Place::OffsetsList;
    else
        return refuse("a list");
    return true;
}

bool HeaderHandler::end_array()
{
    m_place = Place::Tensor;
    return true;
}

/// What is wrong with one tensor's numbers taken alone; empty when nothing is.
std::string problemOf(const Entry &entry, DType dtype)
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
    if (dtype == DType::Other)
        return {};
    const auto bytes = checkedMultiply(*elements, bytesOf(dtype));
    if (!bytes || *bytes != end - begin)
        return "claims " + formatShape(entry.shape) + " " + entry.dtype + ", but data_offsets that hold " +
            std::to_string(end - begin) + " bytes";
    return {};
}

} // namespace

std::string_view safetensorsName(DType dtype)
{
    for (const NamedType &type : types)
        if (type.dtype == dtype)
            return type.name;
    return {};
}

Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view json, std::int64_t dataBytes, const std::string &fileName)
{
    const auto refuse = [&](const std::string &what) {
        return fail(ErrorKind::Input, fileName, "is no valid safetensors file: its header " + what, "get the file again");
    };
    if (!json.starts_with('{'))
        return refuse("does not begin with {");
    HeaderHandler handler;
    bool parsed = false;
    try {
        parsed = nlohmann::json::sax_parse(json, &handler);
    } catch (const std::exception &error) {
        return refuse(std::string("cannot be parsed: ") + error.what());
    }
    if (!parsed)
        return refuse(handler.problem);

    std::vector<Entry> &entries = handler.entries;
    std::vector<DType> dtypes;
    for (const Entry &entry : entries) {
        dtypes.push_back(dtypeNamed(entry.dtype));
        if (const std::string problem = problemOf(entry, dtypes.back()); !problem.empty())
            return refuse("says that tensor " + entry.name + " " + problem);
    }
    std::vector<std::size_t> order(entries.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    // Stable, and by both ends: empty tensors stand where their neighbours touch, in the order of the header.
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return entries[a].offsets < entries[b].offsets; });

    SafetensorsHeader header;
    header.metadata = std::move(handler.metadata);
    const std::int64_t dataBegin = safetensorsPrefixBytes + std::int64_t(json.size());
    std::int64_t position = 0;
    for (const std::size_t i : order) {
        Entry &entry = entries[i];
        if (entry.offsets[0] != position)
            return refuse("says that tensor " + entry.name + " begins at " + std::to_string(entry.offsets[0]) +
                          (entry.offsets[0] < position ? ", inside the one before" : ", behind a hole") + " that ends at " +
                          std::to_string(position));
        position = entry.offsets[1];
        TensorInfo info;
        info.path = std::move(entry.name);
        info.shape = std::move(entry.shape);
        info.dtype = dtypes[i];
        info.storedType = std::move(entry.dtype);
        info.layout = "contiguous";
        if (info.dtype == DType::Other)
            info.unreadable = "has elements of type " + escaped(info.storedType) + ", which is not read";
        header.tensors.push_back(std::move(info));
        header.offsets.push_back(dataBegin + entry.offsets[0]);
    }
    if (position != dataBytes)
        return refuse("describes " + std::to_string(position) + " bytes of data, but the file holds " +
                      std::to_string(dataBytes) + (position > dataBytes ? ": it is cut off" : ""));
    return header;
}

std::string makeSafetensorsHeader(const std::vector<TensorInfo> &tensors, const std::map<std::string, std::string> &metadata)
{
    // Put together from pieces: an ordered_json would look through all names for each new one.
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
