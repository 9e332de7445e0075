// SPDX-License-Identifier: Apache-2.0
#include "core/io/mask_writer.h"

#include "core/io/masks/mask_target.h"

#include <algorithm>
#include <new>

namespace nms {

struct MaskWriter::Private {
    std::unique_ptr<MaskTarget> target;
    std::optional<TensorInfo> tensor; // between beginTensor and finishTensor
    std::optional<MaskPromise> promise; // likewise
    std::optional<MaskCounter> counter; // of the matrix that is being written
    std::optional<Mask> whole; // the whole mask, if the target does not take rows
    bool transposable = true; // so far
    bool failed = false;
    std::int64_t row = 0;

    std::string where() const { return target->target() + (tensor ? ": " + tensor->path : ""); }
    Error misuse(const std::string &what) const { return {ErrorKind::Internal, where(), what, {}}; }
    /// Error for a mask that violates its promise; after that nothing can be committed.
    Status refuse(Error error)
    {
        failed = true;
        const std::int64_t matrix = (row - 1) / std::max<std::int64_t>(1, tensor->matrixRows());
        error.where = where() + (tensor->matrices() > 1 ? ": matrix " + std::to_string(matrix) : "") + ": " + error.where;
        return fail(std::move(error));
    }
    Status count(const Mask &mask);
};

/// Each matrix of a stack is counted separately.
Status MaskWriter::Private::count(const Mask &mask)
{
    for (std::int64_t first = 0; first < mask.rows();) {
        if (!counter)
            counter.emplace(*promise, tensor->matrixRows(), tensor->cols());
        const std::int64_t left = tensor->matrixRows() - row % tensor->matrixRows();
        const std::int64_t rows = std::min(left, mask.rows() - first);
        row += rows;
        if (const Status counted = counter->add(mask, first, rows); !counted)
            return refuse(counted.error());
        first += rows;
        if (rows < left)
            continue;
        if (const Status counted = counter->finish(); !counted)
            return refuse(counted.error());
        transposable = transposable && counter->transposable();
        counter.reset();
    }
    return {};
}

MaskWriter::MaskWriter(std::unique_ptr<Private> d_) : d(std::move(d_)) { }
MaskWriter::~MaskWriter() = default;

Result<std::unique_ptr<MaskWriter>> MaskWriter::create(const std::string &target, const std::string &inputFile,
                                                       MaskFormat format)
{
    auto sink = TensorSink::create(target, inputFile);
    if (!sink)
        return fail(sink.error());
    auto d = std::make_unique<Private>();
    d->target = createMaskFile(*std::move(sink), format);
    return std::unique_ptr<MaskWriter>(new MaskWriter(std::move(d)));
}

Result<std::unique_ptr<MaskWriter>> MaskWriter::createApplied(const std::string &target, const ApplyTo &apply,
                                                              const std::stop_token &stop)
{
    auto copy = createMaskedWeights(target, apply, stop);
    if (!copy)
        return fail(copy.error());
    auto d = std::make_unique<Private>();
    d->target = *std::move(copy);
    return std::unique_ptr<MaskWriter>(new MaskWriter(std::move(d)));
}

std::vector<std::string> MaskWriter::notes() const
{
    return d->target->notes();
}

MaskFormat MaskWriter::format() const
{
    return d->target->format();
}

Status MaskWriter::requireRoom(std::span<const TensorInfo> tensors) const
{
    return d->target->requireRoom(tensors);
}

Status MaskWriter::requireFit(std::span<const TensorInfo> tensors) const
{
    return d->target->requireFit(tensors);
}

std::optional<std::string> MaskWriter::roomWarning(std::span<const TensorInfo> tensors, NmPattern pattern) const
{
    return d->target->roomWarning(tensors, pattern);
}

Status MaskWriter::beginTensor(const TensorInfo &tensor, const MaskPromise &promise)
{
    if (d->tensor)
        return fail(d->misuse("was not finished before the next tensor began"));
    if (!tensor.isMatrix())
        return fail(ErrorKind::Unsupported, d->target->target() + ": " + tensor.path, "is not a matrix of weights");
    if (Status begun = d->target->begin(tensor); !begun)
        return begun;
    d->whole.reset();
    try {
        if (!d->target->takesRows(tensor))
            d->whole.emplace(tensor.rows(), tensor.cols());
    } catch (const std::exception &) { // bad_alloc, length_error
        return fail(ErrorKind::Resource, d->target->target() + ": " + tensor.path,
                    "needs more memory for its mask than there is", "close other programs and try again");
    }
    d->tensor = tensor;
    d->promise = promise;
    d->counter.reset();
    d->transposable = true;
    d->row = 0;
    return {};
}

Status MaskWriter::writeRows(std::int64_t row0, const Mask &mask)
{
    if (!d->tensor || row0 != d->row || mask.cols() != d->tensor->cols() || mask.rows() > d->tensor->rows() - row0)
        return fail(d->misuse("got rows out of order"));
    if (const Status counted = d->count(mask); !counted)
        return counted;
    try {
        if (!d->whole)
            return d->target->writeRows(mask);
        d->whole->assignRows(row0, mask);
        return {};
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, d->where(), "needs more memory than there is", "write smaller panels of rows");
    }
}

Status MaskWriter::finishTensor(const MaskFacts &facts)
{
    if (!d->tensor || d->row != d->tensor->rows())
        return fail(d->misuse("was finished before all of its rows were written"));
    try {
        if (d->whole)
            if (Status written = d->target->writeWhole(*d->tensor, *d->whole); !written)
                return written;
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, d->where(), "needs more memory than there is",
                    "close other programs and try again");
    }
    MaskFacts counted = facts;
    counted.transposable = d->transposable;
    Status finished = d->target->finish(*d->tensor, counted);
    d->tensor.reset();
    d->whole.reset();
    return finished;
}

Status MaskWriter::commit(const FileIdentity &source)
{
    if (d->tensor)
        return fail(d->misuse("was not finished before the file was"));
    if (d->failed)
        return fail(d->misuse("was refused"));
    return d->target->commit(source);
}

} // namespace nms
