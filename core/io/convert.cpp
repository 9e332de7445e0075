// SPDX-License-Identifier: Apache-2.0
#include "core/io/convert.h"

#include "core/base/checked.h"
#include "core/io/disk/text.h"
#include "core/io/file_source.h"
#include "core/io/safetensors/file.h"
#include "core/io/tensor_sink.h"

#include <algorithm>
#include <iterator>
#include <new>

namespace nms {

namespace {

constexpr std::int64_t panelBytes = 16 << 20;
constexpr std::int64_t largestRow = std::int64_t(4) << 30; // bytes; a row is held in memory

/// What will be done, decided before anything is written.
struct Plan {
    std::vector<TensorInfo> tensors;
    std::vector<Attributes> attributes; // of each
    std::int64_t bytes = 0;
    std::map<std::string, std::string> metadata;
    std::vector<SkippedEntry> notes;
    std::vector<SkippedEntry> leftOut;
};

std::string whyNotCopied(const TensorInfo &tensor)
{
    if (!tensor.unreadable.empty())
        return tensor.unreadable;
    const auto rowBytes = checkedMultiply(tensor.rawCols(), bytesOf(tensor.dtype));
    return !rowBytes || *rowBytes > largestRow ? "has rows of more than 4 GiB, each of which would have to be held in memory"
                                               : std::string();
}

/// Moves the tensors listed in `unfit` from plan.tensors to plan.leftOut.
void leaveOut(Plan &plan, std::vector<SkippedEntry> unfit)
{
    auto next = unfit.begin(); // both are in the same order
    std::erase_if(plan.tensors, [&](const TensorInfo &tensor) {
        if (next == unfit.end() || next->path != tensor.path)
            return false;
        ++next;
        return true;
    });
    std::ranges::move(unfit, std::back_inserter(plan.leftOut));
}

/// The attributes to be written with one tensor. In safetensors they are JSON text in the metadata, under the tensor's name.
/// They are moved from there to the attributes, unless writing them back would not give exactly the same text.
Result<Attributes> attributesOf(FileSource &source, const TensorInfo &tensor, std::map<std::string, std::string> &metadata)
{
    auto told = source.attributes(tensor);
    if (!told)
        return told;
    const auto text = metadata.find(tensor.path);
    if (text != metadata.end() && attributesToJson(*told) == text->second)
        metadata.erase(text);
    else if (text != metadata.end() && source.format() == safetensorsFormat.name)
        told->clear();
    if (tensor.dtype == DType::BF16)
        told->erase("dtype"); // only said how to read the source file
    return told;
}

Result<Plan> planConversion(FileSource &source, const TensorSink &sink)
{
    Plan plan;
    for (const SkippedEntry &entry : source.skipped())
        (entry.holdsNumbers ? plan.leftOut : plan.notes).push_back(entry);
    for (const TensorInfo &tensor : source.tensors())
        if (std::string reason = whyNotCopied(tensor); reason.empty())
            plan.tensors.push_back(tensor);
        else
            (tensor.holdsNumbers ? plan.leftOut : plan.notes)
                .push_back({tensor.path, std::move(reason), tensor.holdsNumbers});
    leaveOut(plan, sink.unfit(plan.tensors));
    plan.metadata = source.metadata();
    for (const TensorInfo &tensor : plan.tensors) {
        auto attributes = attributesOf(source, tensor, plan.metadata);
        if (!attributes)
            return fail(attributes.error());
        for (const auto &[name, value] : *attributes)
            if (const auto *unread = std::get_if<UnreadAttribute>(&value))
                (unread->holdsNumbers ? plan.leftOut : plan.notes)
                    .push_back({tensor.path, "has an attribute " + escaped(name) + " of a kind that is not carried over",
                                unread->holdsNumbers});
        std::erase_if(*attributes, [](const auto &one) { return std::holds_alternative<UnreadAttribute>(one.second); });
        plan.attributes.push_back(*std::move(attributes));
        if (__builtin_add_overflow(plan.bytes, TensorSink::rawBytes(tensor), &plan.bytes))
            return fail(ErrorKind::Input, source.fileName(), "claims more bytes than can be counted");
    }
    for (SkippedEntry &entry : sink.unfitMetadata(plan.metadata)) {
        plan.metadata.erase(entry.path);
        plan.leftOut.push_back({"__metadata__: " + escaped(entry.path), std::move(entry.reason)});
    }
    return plan;
}

/// libhdf5 2.0 (and with it h5py) reads the largest exponent as Inf or NaN, as in the IEEE formats; in E4M3 it also encodes
/// finite numbers.
void noteE4M3(Plan &plan)
{
    const auto isE4M3 = [](const TensorInfo &tensor) {
        return tensor.dtype == DType::F8E4M3;
    };
    const auto first = std::ranges::find_if(plan.tensors, isE4M3);
    if (first == plan.tensors.end())
        return;
    const auto count = std::ranges::count_if(plan.tensors, isE4M3);
    plan.notes.push_back({first->path,
                          (count > 1 ? "and " + std::to_string(count - 1) + " more hold" : std::string("holds")) +
                              " E4M3 floats, bit for bit; but h5py and libhdf5 2.0 show values from 256 on as Inf or NaN",
                          false});
}

Error cannotCarry(const std::string &in, const std::string &out, const std::vector<SkippedEntry> &leftOut)
{
    const SkippedEntry &first = leftOut.front();
    const std::string path = first.path.empty() ? "\"\"" : first.path;
    if (leftOut.size() == 1)
        return {ErrorKind::Unsupported, in + ": " + path, first.reason,
                "nothing was written to " + out + "; nmscope convert --skip-unreadable leaves it out"};
    return {ErrorKind::Unsupported, in,
            std::to_string(leftOut.size()) + " tensors or other entries cannot be carried over, from " + path + " on",
            "nothing was written to " + out + "; nmscope convert --skip-unreadable leaves them out"};
}

class Conversion
{
public:
    Conversion(FileSource &source, TensorSink &sink, const ConvertOptions &options, const Plan &plan)
        : m_source(source), m_sink(sink), m_options(options), m_plan(plan)
    { }

    Status run()
    {
        for (std::size_t i = 0; i < m_plan.tensors.size(); ++i)
            if (Status copied = copy(m_plan.tensors[i], m_plan.attributes[i]); !copied)
                return copied;
        return m_sink.commit(m_plan.metadata);
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
                m_options.report(m_done, m_plan.bytes);
        }
        return m_sink.finish(attributes);
    }

    FileSource &m_source;
    TensorSink &m_sink;
    const ConvertOptions &m_options;
    const Plan &m_plan;
    std::int64_t m_done = 0;
    std::vector<std::byte> m_panel;
};

Status run(FileSource &source, TensorSink &sink, const ConvertOptions &options, const Plan &plan)
{
    try {
        return Conversion(source, sink, options, plan).run();
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, source.fileName(), "has rows that need more memory than there is");
    }
}

} // namespace

Status requireConvertible(FileSource &source, const TensorSink &sink)
{
    const auto plan = planConversion(source, sink);
    if (!plan)
        return fail(plan.error());
    return plan->leftOut.empty() ? Status() : fail(cannotCarry(source.fileName(), sink.target(), plan->leftOut));
}

Status convertInto(FileSource &source, TensorSink &sink, const ConvertOptions &options)
{
    const auto plan = planConversion(source, sink);
    if (!plan)
        return fail(plan.error());
    return run(source, sink, options, *plan);
}

Result<ConvertSummary> convertWeights(const std::string &in, const std::string &out, const ConvertOptions &options)
{
    auto source = openFileSource(in, options.stop);
    if (!source)
        return fail(source.error());
    auto sink = TensorSink::create(out, in);
    if (!sink)
        return fail(sink.error());
    auto plan = planConversion(**source, **sink);
    if (!plan)
        return fail(plan.error());
    if (formatOfEnding(out) == &hdf5Format)
        noteE4M3(*plan);
    if (options.leftOut)
        for (const SkippedEntry &entry : plan->leftOut)
            options.leftOut(entry);
    if (!plan->leftOut.empty() && !options.skipUnreadable)
        return fail(cannotCarry(in, out, plan->leftOut));
    std::int64_t least = 0;
    for (const TensorInfo &tensor : plan->tensors)
        least = saturatingSum(least, (*sink)->leastBytes(tensor, Storage::Plain));
    if (Status fits = (*sink)->requireRoom(least); !fits)
        return fail(fits.error());
    if (Status done = run(**source, **sink, options, *plan); !done)
        return fail(done.error());
    return ConvertSummary{std::int64_t(plan->tensors.size()), plan->bytes, std::move(plan->notes), std::move(plan->leftOut)};
}

} // namespace nms
