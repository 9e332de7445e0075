// SPDX-License-Identifier: Apache-2.0
#include "core/base/checked.h"
#include "core/io/disk/file_room.h"
#include "core/io/disk/regular_file.h"
#include "core/io/disk/temporary_file.h"
#include "core/io/safetensors/file.h"
#include "core/io/safetensors/header.h"
#include "core/io/tensor_sink.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <numeric>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_set>

namespace nms {

namespace {

/// 0, or errno; EIO if the file ends before.
int readAt(int descriptor, std::int64_t offset, std::span<std::byte> out)
{
    while (!out.empty()) {
        const ssize_t got = ::pread(descriptor, out.data(), out.size(), offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : EIO;
        out = out.subspan(std::size_t(got));
        offset += got;
    }
    return 0;
}

/// Frees the disk space of these bytes, if the file system can; false if not.
bool discard(int descriptor, std::int64_t offset, std::int64_t bytes)
{
    return ::fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes) == 0;
}

/// Why the format cannot hold the tensor; empty if it can.
std::string problemOf(const TensorInfo &tensor)
{
    if (safetensorsName(tensor.dtype).empty())
        return "has elements of type " + tensor.storedType + ", which is not written to safetensors";
    if (tensor.path == "__metadata__")
        return "has a name reserved by safetensors";
    return {};
}

/// The header comes first in the file but is known last, so the data is first written to a second temporary file. While it
/// is moved to the target file, its space is freed piece by piece, so that together the two need no more space than one.
class SafetensorsSink final : public TensorSink
{
public:
    SafetensorsSink(AtomicFile file, TemporaryFile body)
        : TensorSink(std::move(file)), m_body(std::move(body)), m_canDiscard(discard(m_body.descriptor(), 0, 1))
    { }

    DType flagType() const override { return DType::Bool; }
    std::int64_t leastBytes(const TensorInfo &tensor, Storage storage) const override;
    std::vector<SkippedEntry> unfit(std::span<const TensorInfo> tensors) const override;
    std::vector<SkippedEntry> unfitMetadata(const std::map<std::string, std::string> &) const override { return {}; }
    Status begin(const TensorInfo &tensor, Storage storage) override;
    Status write(std::span<const std::byte> rows) override;
    Status finish(const Attributes &attributes) override;
    Status commit(const std::map<std::string, std::string> &metadata) override;

private:
    std::int64_t diskBytes(std::int64_t fileBytes) const override
    {
        return m_canDiscard ? fileBytes : saturatingSum(fileBytes, fileBytes);
    }
    Status moveBody(std::int64_t offset, std::int64_t bytes);

    TemporaryFile m_body; // scratch file, never becomes the target
    bool m_canDiscard;
    std::int64_t m_bodyBytes = 0;
    std::vector<TensorInfo> m_tensors;
    std::vector<std::int64_t> m_offsets; // of each tensor's data in m_body
    std::map<std::string, std::string> m_facts;
};

std::int64_t SafetensorsSink::leastBytes(const TensorInfo &tensor, Storage) const
{
    return rawBytes(tensor);
}

std::vector<SkippedEntry> SafetensorsSink::unfit(std::span<const TensorInfo> tensors) const
{
    std::vector<SkippedEntry> all;
    std::unordered_set<std::string_view> names;
    for (const TensorInfo &tensor : tensors)
        if (std::string reason = problemOf(tensor); !reason.empty())
            all.push_back({tensor.path, std::move(reason)});
        else if (!names.insert(tensor.path).second)
            all.push_back({tensor.path, "has a name that is taken already"});
    return all;
}

Status SafetensorsSink::begin(const TensorInfo &tensor, Storage)
{
    if (const std::string problem = problemOf(tensor); !problem.empty())
        return fail(ErrorKind::Unsupported, where(tensor), problem);
    m_tensors.push_back(tensor);
    m_offsets.push_back(m_bodyBytes);
    return {};
}

Status SafetensorsSink::write(std::span<const std::byte> rows)
{
    m_bodyBytes += std::int64_t(rows.size());
    if (const int error = writeAll(m_body.descriptor(), rows))
        return fail(writeFailure(target(), m_body.descriptor(), error, where(m_tensors.back()), "cannot be written"));
    return {};
}

Status SafetensorsSink::finish(const Attributes &attributes)
{
    if (!attributes.empty())
        m_facts[m_tensors.back().path] = attributesToJson(attributes);
    return {};
}

/// Moves bytes of m_body to the end of the file.
Status SafetensorsSink::moveBody(std::int64_t offset, std::int64_t bytes)
{
    constexpr std::int64_t pieceBytes = 1 << 20;
    std::vector<std::byte> piece(std::size_t(std::min(bytes, pieceBytes)));
    for (std::int64_t done = 0; done < bytes; done += std::int64_t(piece.size())) {
        piece.resize(std::size_t(std::min(bytes - done, pieceBytes)));
        if (const int error = readAt(m_body.descriptor(), offset + done, piece))
            return fail(ErrorKind::Io, target(), "cannot be read back while it is written: " + systemText(error),
                        "write to another folder");
        if (Status copied = m_file.append(piece); !copied)
            return copied;
        if (m_canDiscard) { // together with the previous piece, as only whole blocks are freed
            const std::int64_t begin = std::max<std::int64_t>(0, done - pieceBytes);
            (void)discard(m_body.descriptor(), offset + begin, done + std::int64_t(piece.size()) - begin);
        }
    }
    return {};
}

Status SafetensorsSink::commit(const std::map<std::string, std::string> &metadata)
{
    // Tensors with the widest elements first, so that every tensor is aligned to its element size: readers use the bytes in
    // place.
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

    if (Status begun = m_file.append(std::as_bytes(std::span(header))); !begun)
        return begun;
    for (const std::size_t i : order)
        if (Status moved = moveBody(m_offsets[i], m_tensors[i].elements() * bytesOf(m_tensors[i].dtype)); !moved)
            return moved;
    return m_file.commit();
}

} // namespace

Result<std::unique_ptr<TensorSink>> createSafetensorsSink(AtomicFile file)
{
    auto body = TemporaryFile::create(file.resolvedTarget(), S_IRUSR | S_IWUSR);
    if (!body)
        return fail(body.error());
    body->dropName();
    return std::make_unique<SafetensorsSink>(std::move(file), *std::move(body));
}

} // namespace nms
