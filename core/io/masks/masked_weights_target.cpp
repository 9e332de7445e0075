// SPDX-License-Identifier: Apache-2.0
// Writes a copy of the whole weights file in which the weights that a mask drops are zero.
#include "core/io/masks/mask_target.h"

#include "core/io/masks/mask_bytes.h"

#include <algorithm>
#include <vector>

namespace nms {

namespace {

class MaskedWeightsTarget final : public MaskTarget
{
public:
    MaskedWeightsTarget(std::string target, std::unique_ptr<WeightsCopy> copy, TensorSource &source, std::stop_token stop)
        : m_target(std::move(target)), m_copy(std::move(copy)), m_source(source), m_stop(std::move(stop))
    { }

    const std::string &target() const override { return m_target; }
    MaskFormat format() const override { return MaskFormat::Applied; }
    Status requireRoom(std::span<const TensorInfo>) const override { return m_copy->requireRoom(); }
    std::optional<std::string> roomWarning(std::span<const TensorInfo>, NmPattern) const override { return {}; }
    Status requireFit(std::span<const TensorInfo>) const override { return {}; } // checked by WeightsCopy::create()

    Status begin(const TensorInfo &) override
    {
        if (std::exchange(m_begun, true))
            return {};
        return m_copy->begin({m_stop, {}});
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
            if (m_stop.stop_requested())
                return fail(ErrorKind::Cancelled, m_target, "was not written: cancelled");
            const std::int64_t count = std::min(rows, tensor.rawRows() - row);
            m_bytes.resize(std::size_t(count * rowBytes));
            if (Status read = m_source.readRawRows(tensor, row, count, m_bytes); !read)
                return read;
            applyInFileOrder(tensor.stack(), mask, row, tensor.rawCols(), elementBytes, m_bytes);
            if (Status written = m_copy->write(tensor, row, m_bytes); !written)
                return written;
        }
        return {};
    }

    Status finish(const TensorInfo &, const MaskFacts &) override { return {}; }
    Status commit(const FileIdentity &) override { return m_copy->commit({m_stop, {}}); }
    std::vector<std::string> notes() const override { return m_copy->notes(); }

private:
    const std::string m_target;
    const std::unique_ptr<WeightsCopy> m_copy;
    TensorSource &m_source;
    const std::stop_token m_stop;
    bool m_begun = false;
    std::vector<std::byte> m_bytes;
};

} // namespace

Result<std::unique_ptr<MaskTarget>> createMaskedWeights(const std::string &target, const ApplyTo &apply,
                                                        const std::stop_token &stop)
{
    for (const TensorInfo &tensor : apply.tensors)
        if (tensor.matrix)
            return fail(ErrorKind::Unsupported, target + ": " + tensor.path,
                        "is one matrix of a stack: masked weights are written for whole tensors",
                        "write its mask, or apply masks to all of " + tensor.tensorPath());
    auto copy = WeightsCopy::create(target, apply.source->fileName(), apply.tensors, {apply.copyRest}, stop);
    if (!copy)
        return fail(copy.error());
    return std::make_unique<MaskedWeightsTarget>(target, *std::move(copy), *apply.source, stop);
}

} // namespace nms
