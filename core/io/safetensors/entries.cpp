// SPDX-License-Identifier: Apache-2.0
#include "core/io/safetensors/entries.h"

#include "core/io/disk/text.h"

#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

namespace nms {

namespace {

constexpr std::size_t mostDimensions = 32;
constexpr int deepestUnknown = 125; // nesting depth that the reference implementation's parser accepts in an unknown key

/// Parses the header event by event and stops at the first element that the format does not allow, so that neither nesting
/// nor duplicates nor size can use up memory. Like the reference implementation it treats null as absent metadata and
/// ignores unknown keys of a tensor, whatever their value.
class HeaderHandler final : public nlohmann::json_sax<nlohmann::json>
{
public:
    std::vector<SafetensorsEntry> entries;
    std::map<std::string, std::string> metadata;
    std::string problem;

    bool null() override;
    bool boolean(bool) override { return passed() || refuse("a boolean"); }
    bool number_float(number_float_t, const string_t &) override
    {
        return passed() || refuse("a number that is no integer");
    }
    bool binary(binary_t &) override { return refuse("binary data"); }
    bool number_integer(number_integer_t) override { return passed() || refuse("a negative number"); }
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
    enum class Place { Outside, Top, Metadata, Tensor, Dtype, Shape, ShapeList, Offsets, OffsetsList, Unknown, Done };

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
        return m_place == Place::Outside || m_place == Place::Top || entries.empty()
            ? ""
            : ", in tensor " + shownName(entries.back().name);
    }
    /// A single value: true if it is (part of) the value of an unknown key.
    bool passed()
    {
        if (m_place != Place::Unknown)
            return false;
        if (m_unknownDepth == 0)
            m_place = Place::Tensor;
        return true;
    }
    bool enterUnknown()
    {
        return ++m_unknownDepth <= deepestUnknown || stop("has an unknown key that is nested too deep" + at());
    }
    bool leaveUnknown()
    {
        if (--m_unknownDepth == 0)
            m_place = Place::Tensor;
        return true;
    }

    Place m_place = Place::Outside;
    std::string m_metadataKey;
    bool m_metadataSeen = false;
    int m_unknownDepth = 0; // nesting depth in the value of an unknown key
    std::unordered_set<std::string> m_names;
};

bool HeaderHandler::null()
{
    if (m_place == Place::Metadata && !m_metadataSeen) { // as if it were not there
        m_metadataSeen = true;
        m_place = Place::Top;
        return true;
    }
    return passed() || refuse("a null");
}

bool HeaderHandler::number_unsigned(number_unsigned_t value)
{
    if (passed())
        return true;
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
    if (passed())
        return true;
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
    if (m_place == Place::Unknown)
        return enterUnknown();
    if (m_place == Place::Outside) {
        m_place = Place::Top;
        return true;
    }
    // key() has already changed Top to Metadata or Tensor; an object is expected only as the first value of that key.
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
        if (m_names.contains(name))
            return stop("has the tensor " + shownName(name) + " twice");
        entries.emplace_back().name = std::move(name);
        m_place = Place::Tensor;
        return true;
    }
    if (m_place == Place::Metadata) {
        m_metadataKey = std::move(name); // if a key comes twice, the last value counts, as in the reference implementation
        return true;
    }
    if (m_place == Place::Unknown)
        return true;
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
    m_place = Place::Unknown;
    return true;
}

bool HeaderHandler::end_object()
{
    if (m_place == Place::Unknown)
        return leaveUnknown();
    m_place = m_place == Place::Top ? Place::Done : Place::Top;
    return true;
}

bool HeaderHandler::start_array(std::size_t)
{
    if (m_place == Place::Unknown)
        return enterUnknown();
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
    if (m_place == Place::Unknown)
        return leaveUnknown();
    m_place = Place::Tensor;
    return true;
}

} // namespace

SafetensorsEntries readSafetensorsEntries(std::string_view json)
{
    HeaderHandler handler;
    try {
        if (!nlohmann::json::sax_parse(json, &handler) && handler.problem.empty())
            handler.problem = "cannot be parsed";
    } catch (const nlohmann::json::exception &error) {
        handler.problem = std::string("cannot be parsed: ") + error.what();
    }
    return {std::move(handler.entries), std::move(handler.metadata), std::move(handler.problem)};
}

std::string shownName(const std::string &name)
{
    return isPlainText(name) && !name.empty() ? name : "\"" + escaped(name) + "\"";
}

} // namespace nms
