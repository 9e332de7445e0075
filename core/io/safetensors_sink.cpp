// SPDX-License-Identifier: Apache-2.0
#include "core/io/regular_file.h"
#include "core/io/safetensors_file.h"
#include "core/io/safetensors_header.h"
#include "core/io/tensor_sink.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <numeric>
#include <optional>
#include <unistd.h>

namespace nms {

namespace {

/// Appends to a file that exists.
class Appender
{
public:
    explicit Appender(const std::string &path) : m_descriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC)) { }
    Appender(const Appender &) = delete;
    Appender &operator=(const Appender &) = delete;
    ~Appender()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }

    /// 0 or errno.
    int append(std::span<const std::byte> bytes)
    {
        while (!bytes.empty()) {
            const ssize_t written = ::write(m_descriptor, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR)
                return errno;
            bytes = bytes.subspan(std::size_t(std::max<ssize_t>(written, 0)));
        }
        return 0;
    }

private:
    int m_descriptor;
};

/// The header comes first in the file but is known last, so the data wait in a second temporary file.
class SafetensorsSink final : public TensorSink
{
public:
    SafetensorsSink(AtomicFile file, AtomicFile body)
        : TensorSink(std::move(file)), m_bodyFile(std::move(body)), m_body(m_bodyFile.temporaryPath())
    { }

    DType flagType() const override { return DType::Bool; }
    Status begin(const TensorInfo &tensor, Storage storage) override;
    Status write(std::span<const std::byte> rows) override;
    Status finish(const Attributes &attributes) override;
    Status commit(const std::map<std::string, std::string> &metadata) override;

private:
    Status written(int error) const
    {
        return error == 0 ? Status()
                          : Status(fail(ErrorKind::Io, target(), "cannot be written: " + systemText(error),
                                        "check the free space of its folder"));
    }
    Status copyBody(Appender &out, std::int64_t offset, std::int64_t bytes, const RegularFile &body) const;

    AtomicFile m_bodyFile; // never committed: its destructor removes it
    Appender m_body;
    std::int64_t m_bodyBytes = 0;
    std::vector<TensorInfo> m_tensors;
    std::vector<std::int64_t> m_offsets; // in the body
    std::map<std::string, std::string> m_facts;
};

Status SafetensorsSink::begin(const TensorInfo &tensor, Storage)
{
    if (safetensorsName(tensor.dtype).empty())
        return fail(ErrorKind::Unsupported, where(tensor),
                    "has elements of type " + tensor.storedType + ", which is not written");
    if (tensor.path == "__metadata__")
        return fail(ErrorKind::Unsupported, where(tensor), "has a name that safetensors keeps for itself",
                    "rename the tensor");
    m_tensors.push_back(tensor);
    m_offsets.push_back(m_bodyBytes);
    return {};
}

Status SafetensorsSink::write(std::span<const std::byte> rows)
{
    m_bodyBytes += std::int64_t(rows.size());
    return written(m_body.append(rows));
}

Status SafetensorsSink::finish(const Attributes &attributes)
{
    if (!attributes.empty())
        m_facts[m_tensors.back().path] = attributesToJson(attributes);
    return {};
}

Status SafetensorsSink::copyBody(Appender &out, std::int64_t offset, std::int64_t bytes, const RegularFile &body) const
{
    constexpr std::int64_t pieceBytes = 1 << 20;
    std::vector<std::byte> piece(std::size_t(std::min(bytes, pieceBytes)));
    for (std::int64_t done = 0; done < bytes; done += std::int64_t(piece.size())) {
        piece.resize(std::size_t(std::min(bytes - done, pieceBytes)));
        if (Status read = body.readAt(offset + done, piece); !read)
            return read;
        if (Status copied = written(out.append(piece)); !copied)
            return copied;
    }
    return {};
}

Status SafetensorsSink::commit(const std::map<std::string, std::string> &metadata)
{
    // Wide elements first, so that every tensor is aligned to its own element: readers view the bytes in place.
    std::vector<std::size_t> order(m_tensors.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
        return bytesOf(m_tensors[a].dtype) > bytesOf(m_tensors[b].dtype);
    });
    std::vector<TensorInfo> tensors;
    tensors.reserve(order.size());
    for (const std::size_t i : order)
        tensors.push_back(m_tensors[i]);
    m_facts.insert(metadata.begin(), metadata.end());
    const std::string header = makeSafetensorsHeader(tensors, m_facts);
    if (std::int64_t(header.size()) - safetensorsPrefixBytes > safetensorsHeaderLimit)
        return fail(ErrorKind::Unsupported, target(), "needs a header of more than 100 MB", "write to a .h5 file");

    const auto body = RegularFile::open(m_bodyFile.temporaryPath());
    if (!body)
        return fail(body.error());
    {
        Appender out(m_file.temporaryPath());
        if (Status begun = written(out.append(std::as_bytes(std::span(header)))); !begun)
            return begun;
        for (const std::size_t i : order)
            if (Status copied = copyBody(out, m_offsets[i], m_tensors[i].elements() * bytesOf(m_tensors[i].dtype), *body);
                !copied)
                return copied;
    }
    return m_file.commit();
}

} // namespace

Result<std::unique_ptr<TensorSink>> createSafetensorsSink(AtomicFile file)
{
    auto body = AtomicFile::create(file.target());
    if (!body)
        return fail(body.error());
    return std::make_unique<SafetensorsSink>(std::move(file), *std::move(body));
}

} // namespace nms
