// SPDX-License-Identifier: Apache-2.0
#include "core/io/mask_writer.h"

#include "core/base/checked.h"
#include "core/io/mask_bytes.h"
#include "core/io/tensor_sink.h"

#include <algorithm>
#include <new>
#include <optional>
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

} // namespace

struct MaskWriter::Private {
    MaskFormat format;
    std::unique_ptr<TensorSink> sink;
    std::optional<TensorInfo> tensor; // between beginTensor and finishTensor
    std::optional<MaskCounter> counter; // likewise
    bool failed = false;
    std::int64_t row = 0;
    std::vector<std::byte> bytes;

    TensorInfo storedAs(const TensorInfo &weights) const
    {
        TensorInfo stored;
        stored.path = format == MaskFormat::Applied ? weights.path : weights.path + "/mask";
        stored.shape =
            format == MaskFormat::Packed ? std::vector{weights.rows(), packedBytesPerRow(weights.cols())} : weights.shape;
        stored.dtype = format == MaskFormat::Applied ? weights.dtype
            : format == MaskFormat::Packed           ? DType::U8
                                                     : sink->flagType();
        return stored;
    }
    std::string where() const { return sink->target() + (tensor ? ": " + tensor->path : ""); }
    Error misuse(const std::string &what) const { return {ErrorKind::Internal, where(), what, {}}; }
    /// A mask that breaks its promise: nothing is committed any more.
    Status refuse(Error error)
    {
        failed = true;
        error.where = where() + ": " + error.where;
        return fail(std::move(error));
    }
};

MaskWriter::MaskWriter(std::unique_ptr<Private> d_) : d(std::move(d_)) { }
MaskWriter::~MaskWriter() = default;

Result<std::unique_ptr<MaskWriter>> MaskWriter::create(const std::string &target, const std::string &inputFile,
                                                       MaskFormat format)
{
    auto sink = TensorSink::create(target, inputFile);
    if (!sink)
        return fail(sink.error());
    auto d = std::make_unique<Private>();
    d->format = format;
    d->sink = *std::move(sink);
    return std::unique_ptr<MaskWriter>(new MaskWriter(std::move(d)));
}

MaskFormat MaskWriter::format() const
{
    return d->format;
}

Status MaskWriter::requireRoom(std::span<const TensorInfo> tensors) const
{
    std::int64_t least = 0;
    for (const TensorInfo &tensor : tensors)
        least = saturatingSum(least, d->sink->leastBytes(d->storedAs(tensor), Storage::Compressed));
    return d->sink->requireRoom(least);
}

Status MaskWriter::requireFit(std::span<const TensorInfo> tensors) const
{
    std::vector<TensorInfo> stored;
    for (const TensorInfo &tensor : tensors)
        stored.push_back(d->storedAs(tensor));
    return d->sink->requireFit(stored);
}

std::optional<std::string> MaskWriter::roomWarning(std::span<const TensorInfo> tensors, NmPattern pattern) const
{
    // Kept weights hardly compress, nor do bits; a byte of 0 or 1 takes some one and a half bits.
    const double share = d->format == MaskFormat::Applied ? double(pattern.n) / pattern.m
        : d->format == MaskFormat::Bytes                  ? 0.2
                                                          : 1.0;
    double usual = 0;
    for (const TensorInfo &tensor : tensors) {
        const TensorInfo stored = d->storedAs(tensor);
        usual +=
            std::max(double(d->sink->leastBytes(stored, Storage::Compressed)), share * double(TensorSink::rawBytes(stored)));
    }
    constexpr double most = 9e18; // an int64_t
    return d->sink->roomWarning(std::int64_t(std::min(usual, most)));
}

Status MaskWriter::beginTensor(const TensorInfo &tensor, const MaskPromise &promise)
{
    if (d->tensor)
        return fail(d->misuse("was not finished before the next tensor began"));
    if (!tensor.isMatrix())
        return fail(ErrorKind::Unsupported, d->sink->target() + ": " + tensor.path, "is no matrix of weights");
    if (Status begun = d->sink->begin(d->storedAs(tensor), Storage::Compressed); !begun)
        return begun;
    d->tensor = tensor;
    d->counter.emplace(promise, tensor.rows(), tensor.cols());
    d->row = 0;
    return {};
}

Status MaskWriter::writeRows(std::int64_t row0, const Mask &mask, std::span<const std::byte> rawWeights)
{
    if (!d->tensor || row0 != d->row || mask.cols() != d->tensor->cols() || mask.rows() > d->tensor->rows() - row0)
        return fail(d->misuse("was given rows that do not follow"));
    const int elementBytes = bytesOf(d->tensor->dtype);
    if (d->format == MaskFormat::Applied && rawWeights.size() != std::size_t(mask.rows() * mask.cols() * elementBytes))
        return fail(d->misuse("was given weights that do not match the mask"));
    if (const Status counted = d->counter->add(mask, 0, mask.rows()); !counted)
        return d->refuse(counted.error());
    try {
        if (d->format == MaskFormat::Packed) {
            d->bytes = packMask(mask);
        } else if (d->format == MaskFormat::Bytes) {
            d->bytes = maskToBytes(mask);
        } else {
            d->bytes.assign(rawWeights.begin(), rawWeights.end());
            applyMask(mask, elementBytes, d->bytes);
        }
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, d->sink->target() + ": " + d->tensor->path, "needs more memory than there is",
                    "write smaller panels of rows");
    }
    d->row += mask.rows();
    return d->sink->write(d->bytes);
}

Status MaskWriter::finishTensor(const MaskFacts &facts)
{
    if (!d->tensor || d->row != d->tensor->rows())
        return fail(d->misuse("was finished before all of its rows were written"));
    if (const Status counted = d->counter->finish(); !counted)
        return d->refuse(counted.error());
    MaskFacts counted = facts;
    counted.transposable = d->counter->transposable();
    Status finished = d->sink->finish(attributesOf(counted, d->format, *d->tensor));
    d->tensor.reset();
    return finished;
}

Status MaskWriter::commit()
{
    if (d->tensor)
        return fail(d->misuse("was not finished before the file was"));
    if (d->failed)
        return fail(d->misuse("was refused"));
    return d->sink->commit({{"nmscope_version", NMS_VERSION}});
}

} // namespace nms
