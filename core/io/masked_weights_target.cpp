// SPDX-License-Identifier: Apache-2.0
// The weights once more, in their own type and order, with those that a mask drops zero.
#include "core/io/mask_target.h"

#include "core/base/checked.h"
#include "core/io/mask_bytes.h"

#include <algorithm>
#include <vector>

namespace nms {

namespace {

class MaskedWeightsTarget final : public MaskTarget
{
public:
    MaskedWeightsTarget(std::unique_ptr<TensorSink> sink, TensorSource &source) : m_sink(std::move(sink)), m_source(source)
    { }

    const std::string &target() const override { return m_sink->target(); }
    MaskFormat format() const override { return MaskFormat::Applied; }

    Status requireRoom(std::span<const TensorInfo> tensors) const override
    {
        std::int64_t least = 0;
        for (const TensorInfo &tensor : tensors)
            least = saturatingSum(least, m_sink->leastBytes(tensor, Storage::Compressed));
        return m_sink->requireRoom(least);
    }
    std::optional<std::string> roomWarning(std::span<const TensorInfo>, NmPattern) const override { return {}; }

    Status begin(const TensorInfo &tensor) override
    {
        if (tensor.matrix)
            return fail(ErrorKind::Unsupported, target() + ": " + tensor.path,
                        "is one matrix of a stack: masked weights are written for whole tensors",
                        "write its mask, or apply masks to the file with nmscope solve --apply");
        return m_sink->begin(tensor, Storage::Compressed);
    }
    bool takesRows(const TensorInfo &) const override { return false; }
    Status writeRows(const Mask &) override { return {}; }

    Status writeWhole(const TensorInfo &tensor, const Mask &mask) override
    {
        constexpr std::int64_t blockBytes = 16 << 20;
        const int elementBytes = bytesOf(tensor.dtype);
        const std::int64_t rowBytes = tensor.rawCols() * elementBytes;
        const std::int64_t rows = std::max<std::int64_t>(1, blockBytes / rowBytes);
        for (std::int64_t row = 0; row < tensor.rawRows(); row += rows) {
            const std::int64_t count = std::min(rows, tensor.rawRows() - row);
            m_bytes.resize(std::size_t(count * rowBytes));
            if (Status read = m_source.readRawRows(tensor, row, count, m_bytes); !read)
                return read;
            applyInFileOrder(tensor.stack(), mask, row, tensor.rawCols(), elementBytes, m_bytes);
            if (Status written = m_sink->write(m_bytes); !written)
                return written;
        }
        return {};
    }

    Status finish(const TensorInfo &, const MaskFacts &) override { return m_sink->finish({}); }
    Status commit(const FileIdentity &) override { return m_sink->commit({}); }

private:
    std::unique_ptr<TensorSink> m_sink;
    TensorSource &m_source;
    std::vector<std::byte> m_bytes;
};

} // namespace

std::unique_ptr<MaskTarget> createMaskedWeights(std::unique_ptr<TensorSink> sink, TensorSource &source)
{
    return std::make_unique<MaskedWeightsTarget>(std::move(sink), source);
}

} // namespace nms
