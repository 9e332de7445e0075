// SPDX-License-Identifier: Apache-2.0
// Writes masks as separate tensors, with their facts as attributes.
#include "core/io/masks/mask_target.h"

#include "core/base/checked.h"
#include "core/io/masks/mask_bytes.h"

#include <algorithm>
#include <map>
#include <vector>

namespace nms {

namespace {

Attributes attributesOf(const MaskFacts &facts, MaskFormat format, const TensorInfo &tensor)
{
    Attributes attributes = {{"n", std::int64_t(facts.pattern.n)},
                             {"m", std::int64_t(facts.pattern.m)},
                             {"method", facts.method},
                             {"tau", facts.tau},
                             {"iterations", std::int64_t(facts.iterations)},
                             {"objective", facts.objective},
                             {"upper_bound", facts.upperBound},
                             {"relative_gap", facts.relativeGap},
                             {"transposable", facts.transposable},
                             {"source", facts.source},
                             {"nmscope_version", std::string(NMS_VERSION)},
                             {"format", std::string(nameOf(format))}};
    if (!tensor.matrix && !tensor.axes.letters.empty())
        attributes.emplace("axes", tensor.axes.letters);
    if (facts.tolerance > 0)
        attributes.emplace("tolerance", facts.tolerance);
    if (!facts.warmStart.empty())
        attributes.emplace("warm_start", facts.warmStart);
    if (!facts.score.empty())
        attributes.emplace("score", facts.score);
    if (!facts.rounding.empty())
        attributes.emplace("rounding", facts.rounding);
    if (format == MaskFormat::Packed)
        attributes.emplace("shape", tensor.shape);
    return attributes;
}

class MaskFileTarget final : public MaskTarget
{
public:
    MaskFileTarget(std::unique_ptr<TensorSink> sink, MaskFormat format) : m_sink(std::move(sink)), m_format(format) { }

    const std::string &target() const override { return m_sink->target(); }
    MaskFormat format() const override { return m_format; }

    Status requireRoom(std::span<const TensorInfo> tensors) const override
    {
        std::int64_t least = 0;
        for (const TensorInfo &tensor : tensors)
            least = saturatingSum(least, m_sink->leastBytes(storedAs(tensor), Storage::Compressed));
        return m_sink->requireRoom(least);
    }

    std::optional<std::string> roomWarning(std::span<const TensorInfo> tensors, NmPattern) const override
    {
        const double share = m_format == MaskFormat::Bytes ? 0.2 : 1.0; // a 0 or 1 compresses to about 1.5 bits
        double usual = 0;
        for (const TensorInfo &tensor : tensors) {
            const TensorInfo stored = storedAs(tensor);
            usual += std::max(double(m_sink->leastBytes(stored, Storage::Compressed)),
                              share * double(TensorSink::rawBytes(stored)));
        }
        constexpr double most = 9e18; // fits in an int64_t
        return m_sink->roomWarning(std::int64_t(std::min(usual, most)));
    }

    Status requireFit(std::span<const TensorInfo> tensors) const override
    {
        std::vector<TensorInfo> stored;
        for (const TensorInfo &tensor : tensors)
            stored.push_back(storedAs(tensor));
        return m_sink->requireFit(stored);
    }

    Status begin(const TensorInfo &tensor) override { return m_sink->begin(storedAs(tensor), Storage::Compressed); }

    bool takesRows(const TensorInfo &tensor) const override
    {
        return m_format == MaskFormat::Packed || tensor.matrix || tensor.stack().isFileOrder();
    }

    Status writeRows(const Mask &rows) override
    {
        return m_sink->write(m_format == MaskFormat::Packed ? packMask(rows) : maskToBytes(rows));
    }

    Status writeWhole(const TensorInfo &tensor, const Mask &mask) override
    {
        constexpr std::int64_t blockBytes = 16 << 20;
        const Stack stack = tensor.stack();
        const std::int64_t rows = std::max<std::int64_t>(1, blockBytes / tensor.rawCols());
        for (std::int64_t row = 0; row < tensor.rawRows(); row += rows) {
            const std::int64_t count = std::min(rows, tensor.rawRows() - row);
            const auto bytes = maskInFileOrder(stack, mask, row, count, tensor.rawCols());
            if (Status written = m_sink->write(bytes); !written)
                return written;
        }
        return {};
    }

    Status finish(const TensorInfo &tensor, const MaskFacts &facts) override
    {
        return m_sink->finish(attributesOf(facts, m_format, tensor));
    }

    Status commit(const FileIdentity &source) override
    {
        std::map<std::string, std::string> metadata = {{"nmscope_version", NMS_VERSION}};
        if (!source.name.empty()) {
            metadata["source"] = source.name;
            metadata["source_bytes"] = std::to_string(source.bytes);
            metadata["source_xxh128"] = source.xxh128;
        }
        return m_sink->commit(metadata);
    }

private:
    TensorInfo storedAs(const TensorInfo &weights) const
    {
        TensorInfo stored;
        stored.path = weights.path + "/mask";
        stored.dtype = m_format == MaskFormat::Packed ? DType::U8 : m_sink->flagType();
        if (m_format == MaskFormat::Packed)
            stored.shape = {weights.rows(), packedBytesPerRow(weights.cols())};
        else if (weights.matrix)
            stored.shape = {weights.rows(), weights.cols()};
        else
            stored.shape = weights.shape;
        return stored;
    }

    std::unique_ptr<TensorSink> m_sink;
    const MaskFormat m_format;
};

} // namespace

std::unique_ptr<MaskTarget> createMaskFile(std::unique_ptr<TensorSink> sink, MaskFormat format)
{
    return std::make_unique<MaskFileTarget>(std::move(sink), format);
}

} // namespace nms
