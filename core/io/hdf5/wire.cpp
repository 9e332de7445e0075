// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/wire.h"

#include "core/io/disk/text.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

namespace nms {

namespace {

constexpr std::int64_t mostDimensions = 32;
constexpr std::int64_t mostFilters = 32;

class Writer
{
public:
    template <class T> void number(T value)
    {
        const auto wide = static_cast<std::int64_t>(value);
        m_text.append(reinterpret_cast<const char *>(&wide), sizeof wide);
    }
    void text(std::string_view text)
    {
        number(text.size());
        m_text += text;
    }
    void numbers(const std::vector<std::int64_t> &numbers)
    {
        number(numbers.size());
        for (const std::int64_t each : numbers)
            number(each);
    }
    std::string take() { return std::move(m_text); }

private:
    std::string m_text;
};

/// After the first invalid value it returns only zeros and empty strings; finished() tells at the end whether all were
/// valid.
class Reader
{
public:
    explicit Reader(std::span<const std::byte> bytes) : m_bytes(bytes) { }

    std::int64_t number()
    {
        std::int64_t value = 0;
        if (!check(m_bytes.size() >= sizeof value))
            return 0;
        std::memcpy(&value, m_bytes.data(), sizeof value);
        m_bytes = m_bytes.subspan(sizeof value);
        return value;
    }
    std::int64_t within(std::int64_t least, std::int64_t most)
    {
        const std::int64_t value = number();
        return check(value >= least && value <= most) ? value : least;
    }
    bool flag() { return within(0, 1) != 0; }
    /// A count of items that take at least `each` bytes.
    std::int64_t count(std::size_t each)
    {
        const std::int64_t value = number();
        return check(value >= 0 && value <= std::int64_t(m_bytes.size() / each)) ? value : 0;
    }
    std::string text()
    {
        const auto length = std::size_t(count(1));
        std::string text(reinterpret_cast<const char *>(m_bytes.data()), length);
        m_bytes = m_bytes.subspan(length);
        return text;
    }
    std::string plainText()
    {
        std::string result = text();
        check(isPlainText(result));
        return result;
    }
    std::vector<std::int64_t> numbers()
    {
        std::vector<std::int64_t> all(std::size_t(count(sizeof(std::int64_t))));
        for (std::int64_t &each : all)
            each = number();
        return all;
    }
    bool check(bool fine)
    {
        m_fine = m_fine && fine;
        if (!m_fine)
            m_bytes = {};
        return m_fine;
    }
    bool finished() const { return m_fine && m_bytes.empty(); }
    bool fine() const { return m_fine; }

private:
    std::span<const std::byte> m_bytes;
    bool m_fine = true;
};

void write(Writer &out, const TensorInfo &tensor, const Hdf5Record &record)
{
    out.text(tensor.path);
    out.numbers(tensor.shape);
    out.number(tensor.dtype);
    out.text(tensor.storedType);
    out.text(tensor.layout);
    out.text(tensor.unreadable);
    out.number(tensor.holdsNumbers);
    out.text(tensor.note);
    out.text(tensor.layer);
    out.text(record.openPath == tensor.path ? std::string_view() : record.openPath);
    out.number(record.bigEndian);
    out.number(record.reading);
    out.number(record.offset);
    out.numbers(record.chunk);
    out.number(record.filters.size());
    for (const ChunkFilter &filter : record.filters) {
        out.number(filter.kind);
        out.number(filter.elementBytes);
    }
    out.number(record.edgesUnfiltered);
    out.text({reinterpret_cast<const char *>(record.fill.data()), record.fill.size()});
}

TensorInfo readTensor(Reader &in)
{
    TensorInfo tensor;
    tensor.path = in.plainText();
    tensor.shape = in.numbers();
    in.check(!tensor.path.empty() && std::int64_t(tensor.shape.size()) <= mostDimensions &&
             std::all_of(tensor.shape.begin(), tensor.shape.end(), [](std::int64_t size) { return size >= 0; }));
    tensor.dtype = DType(in.within(0, std::int64_t(DType::Other)));
    tensor.storedType = in.text();
    tensor.layout = in.text();
    tensor.unreadable = in.text();
    tensor.holdsNumbers = in.flag();
    tensor.note = in.text();
    tensor.layer = in.plainText();
    if (tensor.unreadable.empty())
        in.check(tensor.dtype != DType::Other && isCountable(tensor.shape, bytesOf(tensor.dtype)));
    return tensor;
}

Hdf5Record readRecord(Reader &in, const TensorInfo &tensor, std::int64_t fileBytes)
{
    Hdf5Record record;
    record.openPath = in.plainText();
    if (record.openPath.empty())
        record.openPath = tensor.path;
    record.bigEndian = in.flag();
    record.reading = Hdf5Reading(in.within(0, std::int64_t(Hdf5Reading::Fill)));
    record.offset = in.within(0, fileBytes);
    record.chunk = in.numbers();
    record.filters.resize(std::size_t(in.within(0, mostFilters)));
    int compressing = 0;
    for (ChunkFilter &filter : record.filters) {
        filter.kind = ChunkFilter::Kind(in.within(0, std::int64_t(ChunkFilter::Kind::Lzf)));
        filter.elementBytes = std::size_t(in.within(1, UINT32_MAX));
        compressing += filter.compresses() ? 1 : 0;
    }
    record.edgesUnfiltered = in.flag();
    for (const char byte : in.text())
        record.fill.push_back(std::byte(byte));

    const std::int64_t elementBytes = bytesOf(tensor.dtype);
    in.check(compressing <= 1);
    if (!record.chunk.empty() && tensor.dtype != DType::Other)
        in.check(record.chunk.size() == tensor.shape.size() &&
                 std::all_of(record.chunk.begin(), record.chunk.end(), [](std::int64_t size) { return size > 0; }) &&
                 measureChunks(tensor.shape, elementBytes, record));
    if (!tensor.unreadable.empty())
        return record;
    if (record.reading == Hdf5Reading::Fill)
        in.check(std::int64_t(record.fill.size()) == elementBytes);
    if (record.reading == Hdf5Reading::Chunks)
        in.check(!record.chunk.empty() && std::int64_t(record.fill.size()) == elementBytes);
    if (record.reading == Hdf5Reading::Contiguous)
        in.check(tensor.elements() <= (fileBytes - record.offset) / elementBytes);
    return record;
}

} // namespace

std::string toWire(const Hdf5Listing &listing)
{
    Writer out;
    out.number(listing.tensors.size());
    for (std::size_t i = 0; i < listing.tensors.size(); ++i)
        write(out, listing.tensors[i], listing.records[i]);
    out.number(listing.skipped.size());
    for (const SkippedEntry &entry : listing.skipped) {
        out.text(entry.path);
        out.text(entry.reason);
        out.number(entry.holdsNumbers);
    }
    out.number(listing.metadata.size());
    for (const auto &[name, text] : listing.metadata) {
        out.text(name);
        out.text(text);
    }
    return out.take();
}

std::optional<Hdf5Listing> listingFromWire(std::span<const std::byte> bytes, std::int64_t fileBytes)
{
    constexpr std::size_t leastTensor = 17 * sizeof(std::int64_t), leastPair = 2 * sizeof(std::int64_t);
    Reader in(bytes);
    Hdf5Listing listing;
    for (std::int64_t count = in.count(leastTensor); count > 0 && in.fine(); --count) {
        TensorInfo tensor = readTensor(in);
        if (in.fine())
            listing.records.push_back(readRecord(in, tensor, fileBytes));
        listing.tensors.push_back(std::move(tensor));
    }
    for (std::int64_t count = in.count(leastPair); count > 0 && in.fine(); --count) {
        std::string path = in.text();
        std::string reason = in.text();
        listing.skipped.push_back({std::move(path), std::move(reason), in.flag()});
    }
    for (std::int64_t count = in.count(leastPair); count > 0 && in.fine(); --count) {
        std::string name = in.plainText();
        listing.metadata.emplace(std::move(name), in.text());
    }
    if (!in.finished())
        return std::nullopt;
    return listing;
}

std::string toWire(const Attributes &attributes)
{
    Writer out;
    out.number(attributes.size());
    for (const auto &[name, value] : attributes) {
        out.text(name);
        out.number(value.index());
        std::visit(
            [&](const auto &content) {
                using Type = std::decay_t<decltype(content)>;
                if constexpr (std::is_same_v<Type, std::string>)
                    out.text(content);
                else if constexpr (std::is_same_v<Type, std::vector<std::int64_t>>)
                    out.numbers(content);
                else if constexpr (std::is_same_v<Type, double>)
                    out.number(std::bit_cast<std::int64_t>(content));
                else if constexpr (std::is_same_v<Type, UnreadAttribute>)
                    out.number(content.holdsNumbers);
                else
                    out.number(content);
            },
            value);
    }
    return out.take();
}

std::optional<Attributes> attributesFromWire(std::span<const std::byte> bytes)
{
    Reader in(bytes);
    Attributes attributes;
    for (std::int64_t count = in.count(3 * sizeof(std::int64_t)); count > 0 && in.fine(); --count) {
        std::string name = in.plainText();
        AttributeValue value;
        switch (in.within(0, std::int64_t(std::variant_size_v<AttributeValue>) - 1)) {
        case 0:
            value = in.flag();
            break;
        case 1:
            value = in.number();
            break;
        case 2:
            value = std::bit_cast<double>(in.number());
            break;
        case 3:
            value = in.text();
            in.check(isUtf8(std::get<std::string>(value)));
            break;
        case 4:
            value = in.numbers();
            break;
        default:
            value = UnreadAttribute{in.flag()};
            break;
        }
        attributes.emplace(std::move(name), std::move(value));
    }
    if (!in.finished())
        return std::nullopt;
    return attributes;
}

} // namespace nms
