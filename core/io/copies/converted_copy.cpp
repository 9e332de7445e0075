// SPDX-License-Identifier: Apache-2.0
#include "core/io/copies/converted_copy.h"

#include "core/base/checked.h"
#include "core/io/convert.h"
#include "core/io/disk/file_room.h"
#include "core/io/disk/regular_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nms {

namespace {

/// The source with the new values of the replaced tensors.
class ReplacedSource final : public FileSource
{
public:
    ReplacedSource(FileSource &source, const RegularFile &values, std::unordered_map<std::string, std::int64_t> offsets)
        : FileSource(source.fileName()), m_source(source), m_values(values), m_offsets(std::move(offsets))
    {
        setTensors(source.tensors());
        m_metadata = source.metadata();
    }

    std::string_view format() const override { return m_source.format(); }
    Result<Attributes> attributes(const TensorInfo &tensor) override { return m_source.attributes(tensor); }

protected:
    Status readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) override
    {
        const TensorInfo &tensor = tensors()[index];
        const auto found = m_offsets.find(tensor.path);
        if (found == m_offsets.end())
            return m_source.readRawRows(tensor, row0, rows, out);
        return m_values.readAt(found->second + row0 * tensor.rawCols() * bytesOf(tensor.dtype), out);
    }
    std::int64_t rowsTogether(std::size_t) const override { return 1; }

private:
    FileSource &m_source;
    const RegularFile &m_values;
    const std::unordered_map<std::string, std::int64_t> m_offsets;
};

} // namespace

ConvertedCopy::ConvertedCopy(std::unique_ptr<FileSource> source, std::unique_ptr<TensorSink> sink, TemporaryFile waiting,
                             std::span<const TensorInfo> replaced)
    : CopyTarget(sink->target()), m_source(std::move(source)), m_sink(std::move(sink)), m_waiting(std::move(waiting))
{
    m_waiting.dropName();
    for (const TensorInfo &tensor : replaced)
        if (m_offsets.emplace(tensor.path, m_waitingBytes).second)
            m_waitingBytes = saturatingSum(m_waitingBytes, TensorSink::rawBytes(tensor));
    for (const SkippedEntry &entry : m_source->skipped())
        m_notes.push_back(entry.path + " " + entry.reason);
}

Result<std::unique_ptr<CopyTarget>> ConvertedCopy::create(const std::string &target, std::unique_ptr<FileSource> source,
                                                          std::span<const TensorInfo> replaced)
{
    auto sink = TensorSink::create(target, source->fileName());
    if (!sink)
        return fail(sink.error());
    if (Status fits = requireConvertible(*source, **sink); !fits)
        return fail(fits.error());
    auto waiting = TemporaryFile::create(target, S_IRUSR | S_IWUSR);
    if (!waiting)
        return fail(waiting.error());
    return std::unique_ptr<CopyTarget>(
        new ConvertedCopy(std::move(source), *std::move(sink), *std::move(waiting), replaced));
}

Status ConvertedCopy::requireRoom() const
{
    std::int64_t least = 0;
    for (const TensorInfo &tensor : m_source->tensors())
        least = saturatingSum(least, m_sink->leastBytes(tensor, Storage::Plain));
    if (Status fits = m_sink->requireRoom(least); !fits)
        return fits;
    return nms::requireRoom(name(), m_waiting.descriptor(), m_waitingBytes, saturatingSum(least, m_waitingBytes));
}

Status ConvertedCopy::write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw)
{
    std::int64_t at = m_offsets.at(tensor.path) + rawRow0 * tensor.rawCols() * bytesOf(tensor.dtype);
    while (!raw.empty()) {
        const ssize_t written = ::pwrite(m_waiting.descriptor(), raw.data(), raw.size(), off_t(at));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(
                writeFailure(name(), m_waiting.descriptor(), errno, name() + ": " + tensor.path, "cannot be written"));
        raw = raw.subspan(std::size_t(written));
        at += written;
    }
    return {};
}

Status ConvertedCopy::commit(const std::unordered_set<std::string> &written, const Progress &progress)
{
    std::erase_if(m_offsets, [&](const auto &entry) { return !written.contains(entry.first); });
    const int descriptor = ::fcntl(m_waiting.descriptor(), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0)
        return fail(ErrorKind::Resource, name(), "cannot be written: " + systemText(errno), "close some files");
    const auto values = RegularFile::ofDescriptor(name(), descriptor);
    if (!values)
        return fail(values.error());
    ReplacedSource source(*m_source, *values, m_offsets);
    ConvertOptions options;
    options.report = progress.report;
    options.stop = progress.stop;
    return convertInto(source, *m_sink, options);
}

} // namespace nms
