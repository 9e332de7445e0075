// SPDX-License-Identifier: Apache-2.0
#include "core/io/convert.h"

#include "core/base/checked.h"
#include "core/io/open_file.h"
#include "core/io/tensor_sink.h"

#include <algorithm>
#include <new>

namespace nms {

namespace {

constexpr std::int64_t panelBytes = 16 << 20;
constexpr std::int64_t largestRow = std::int64_t(4) << 30; // bytes; a row is held in memory

class Conversion
{
public:
    Conversion(FileSource &source, TensorSink &sink, const ConvertOptions &options, std::int64_t total)
        : m_source(source), m_sink(sink), m_options(options), m_total(total)
    { }

    Status run()
    {
        std::map<std::string, std::string> metadata = m_source.metadata();
        for (const TensorInfo &tensor : m_source.tensors()) {
            auto told = m_source.attributes(tensor);
            if (!told)
                return fail(told.error());
            Attributes &attributes = *told;
            if (tensor.dtype == DType::BF16)
                attributes.erase("dtype"); // only said how to read the old file
            if (!attributes.empty())
                metadata.erase(tensor.path); // in safetensors that is where they come from
            if (Status copied = copy(tensor, attributes); !copied)
                return copied;
        }
        return m_sink.commit(metadata);
    }

private:
    Status copy(const TensorInfo &tensor, const Attributes &attributes)
    {
        if (Status begun = m_sink.begin(tensor, Storage::Plain); !begun)
            return begun;
        const std::int64_t rowBytes = tensor.rawCols() * bytesOf(tensor.dtype);
        const std::int64_t panelRows = std::max<std::int64_t>(1, panelBytes / std::max<std::int64_t>(1, rowBytes));
        for (std::int64_t row = 0; row < tensor.rawRows() && rowBytes > 0; row += panelRows) {
            if (m_options.stop.stop_requested())
                return fail(ErrorKind::Cancelled, m_sink.target(), "was not written: cancelled");
            const std::int64_t rows = std::min(panelRows, tensor.rawRows() - row);
            m_panel.resize(std::size_t(rows * rowBytes));
            if (Status read = m_source.readRawRows(tensor, row, rows, m_panel); !read)
                return read;
            if (Status written = m_sink.write(m_panel); !written)
                return written;
            m_done += rows * rowBytes;
            if (m_options.report)
                m_options.report(m_done, m_total);
        }
        return m_sink.finish(attributes);
    }

    FileSource &m_source;
    TensorSink &m_sink;
    const ConvertOptions &m_options;
    std::int64_t m_total;
    std::int64_t m_done = 0;
    std::vector<std::byte> m_panel;
};

} // namespace

Result<std::int64_t> convertibleBytes(const FileSource &source)
{
    std::int64_t total = 0;
    for (const TensorInfo &tensor : source.tensors()) {
        const std::string where = source.fileName() + ": " + tensor.path;
        if (!tensor.unreadable.empty())
            return fail(ErrorKind::Unsupported, where, tensor.unreadable, "nothing was converted");
        const auto rowBytes = checkedMultiply(tensor.rawCols(), bytesOf(tensor.dtype));
        if (!rowBytes || *rowBytes > largestRow)
            return fail(ErrorKind::Resource, where, "has rows of more than 4 GiB");
        if (__builtin_add_overflow(total, saturatingProduct(std::vector{*rowBytes, tensor.rawRows()}), &total))
            return fail(ErrorKind::Input, source.fileName(), "claims more bytes than can be counted");
    }
    return total;
}

Status convertInto(FileSource &source, TensorSink &sink, const ConvertOptions &options)
{
    const auto total = convertibleBytes(source);
    if (!total)
        return fail(total.error());
    try {
        return Conversion(source, sink, options, *total).run();
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, source.fileName(), "has rows that need more memory than there is");
    }
}

Result<ConvertSummary> convertWeights(const std::string &in, const std::string &out, const ConvertOptions &options)
{
    auto source = openFileSource(in, options.stop);
    if (!source)
        return fail(source.error());
    const auto total = convertibleBytes(**source);
    if (!total)
        return fail(total.error());
    auto sink = TensorSink::create(out, in);
    if (!sink)
        return fail(sink.error());
    std::int64_t least = 0;
    for (const TensorInfo &tensor : (*source)->tensors())
        least = saturatingSum(least, (*sink)->leastBytes(tensor, Storage::Plain));
    if (Status fits = (*sink)->requireRoom(least); !fits)
        return fail(fits.error());
    if (Status done = convertInto(**source, **sink, options); !done)
        return fail(done.error());
    ConvertSummary summary;
    summary.tensors = std::int64_t((*source)->tensors().size());
    summary.bytes = *total;
    for (const SkippedEntry &entry : (*source)->skipped())
        summary.notes.push_back(entry.path + " " + entry.reason);
    return summary;
}

} // namespace nms
