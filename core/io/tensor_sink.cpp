// SPDX-License-Identifier: Apache-2.0
#include "core/io/tensor_sink.h"

#include "core/base/checked.h"
#include "core/io/weights_format.h"

namespace nms {

Result<std::unique_ptr<TensorSink>> TensorSink::create(const std::string &target, const std::string &input)
{
    const WeightsFormat *format = formatOfEnding(target);
    if (!format || !format->createSink)
        return fail(ErrorKind::Usage, target,
                    format ? "would be " + std::string(format->name) + ", which is read but not written"
                           : "has an ending that names no format",
                    "call it " + writableEndings());
    auto file = AtomicFile::create(target, input);
    if (!file)
        return fail(file.error());
    return format->createSink(*std::move(file));
}

Status TensorSink::requireFit(std::span<const TensorInfo> tensors) const
{
    const std::vector<SkippedEntry> all = unfit(tensors);
    if (all.empty())
        return {};
    return fail(ErrorKind::Unsupported, target() + ": " + (all[0].path.empty() ? "\"\"" : all[0].path), all[0].reason,
                "rename it, or write to a file of another format");
}

std::int64_t TensorSink::rawBytes(const TensorInfo &tensor)
{
    std::vector<std::int64_t> factors = tensor.shape;
    factors.push_back(bytesOf(tensor.dtype));
    return saturatingProduct(factors);
}

} // namespace nms
