// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tensor_loader.h"

#include "core/io/weights_file.h"
#include "core/simd/weights_view.h"
#include "core/tensor/row_panels.h"
#include "ui/models/format.h"
#include "ui/models/tile_sums.h"

#include <QFile>
#include <QStringList>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace nms {

RunMemory memoryOfTensor(std::int64_t rows, std::int64_t cols)
{
    RunMemory memory;
    memory.weights = memory.scores = rows * cols * std::int64_t(sizeof(float));
    memory.overview = overviewBytes(rows, cols);
    return memory;
}

QString partsText(const RunMemory &memory)
{
    QStringList parts;
    for (const auto &[name, bytes] : memory.parts())
        parts << QString::fromUtf8(name.data(), qsizetype(name.size())) + QLatin1Char(' ') + format::bytes(bytes);
    return parts.join(QStringLiteral(", "));
}

std::vector<float> evenSample(const Matrix<float> &values)
{
    constexpr std::int64_t samples = 1 << 17;
    // Odd, to avoid aliasing with the row length.
    const std::int64_t stride = std::max<std::int64_t>(1, values.size() / samples) | 1;
    std::vector<float> sample;
    sample.reserve(std::size_t(values.size() / stride + 1));
    for (std::int64_t i = 0; i < values.size(); i += stride)
        sample.push_back(values.data()[i]);
    return sample;
}

static Result<std::unique_ptr<TensorSource>> open(const QString &fileName, const std::stop_token &stop)
{
    return openWeights(QFile::encodeName(fileName).toStdString(), stop);
}

static Unexpected<Error> cancelled(const TensorSource &source, const TensorInfo &tensor)
{
    return fail(ErrorKind::Cancelled, source.fileName() + ": " + tensor.path, "reading was cancelled");
}

Result<OpenFile> listTensors(const QString &fileName, const std::stop_token &stop)
{
    Result<std::unique_ptr<TensorSource>> source = open(fileName, stop);
    if (!source)
        return fail(source.error());
    return OpenFile{fileName, (*source)->tensors()};
}

Result<std::shared_ptr<const LoadedTensor>> loadTensor(const QString &fileName, const std::string &path,
                                                       std::int64_t memoryLimit, const std::stop_token &stop,
                                                       const LoadReports &reports)
{
    Result<std::unique_ptr<TensorSource>> source = open(fileName, stop);
    if (!source)
        return fail(source.error());
    Result<TensorInfo> info = findTensor(**source, path);
    if (!info)
        return fail(info.error());
    if (info->matrices() > 1)
        *info = matrixOf(*info, 0); // of a stack, open the first matrix: a run works on one matrix
    const std::string where = (*source)->fileName() + ": " + info->path;
    if (!info->isMatrix())
        return fail(ErrorKind::Unsupported, where,
                    "is not a matrix of weights (" + format::shape(info->shape).toStdString() + " of " + info->storedType +
                        ")",
                    "choose a floating-point tensor with two or more dimensions");
    constexpr std::int64_t most = std::int64_t(1) << 56; // limit of the number of entries, so that no sum of bytes overflows
    const bool isCountable = info->cols() > 0 && info->rows() <= most / info->cols();
    const RunMemory wanted = isCountable ? memoryOfTensor(info->rows(), info->cols()) : RunMemory();
    if (info->cols() > 0 && (!isCountable || wanted.total() > memoryLimit)) {
        const QString parts = isCountable
            ? QStringLiteral(" take %1 (%2)").arg(format::bytes(wanted.total()), partsText(wanted))
            : QStringLiteral(" are more than can be addressed");
        return fail(ErrorKind::Resource, where,
                    "its " + format::shape(info->shape).toStdString() + " entries" + parts.toStdString() +
                        ", the window may take " + format::bytes(memoryLimit).toStdString(),
                    "use `nmscope solve`, which streams it");
    }

    if (reports.preview && info->elements() >= leastPreviewed) {
        auto sample = sampleRows(**source, *info, {}, stop);
        if (!sample)
            return fail(sample.error());
        if (*sample)
            reports.preview(std::make_shared<const TensorPreview>(TensorPreview{fileName, *info, std::move(**sample)}));
    }

    auto tensor = std::make_shared<LoadedTensor>();
    auto weights = std::make_shared<Matrix<float>>(Matrix<float>::forOverwrite(info->rows(), info->cols()));
    auto score = std::make_shared<Matrix<float>>(Matrix<float>::forOverwrite(info->rows(), info->cols()));
    std::mutex mutex; // for what follows
    std::map<std::int64_t, Error> notFinite; // by row
    std::int64_t rowsRead = 0;
    const Status visited =
        visitRows(**source, *info, info->rows(), info->cols(), 0, stop, [&](std::int64_t row0, std::int64_t rows) -> Status {
            const Span2d<float> block = weights->span().block(row0, 0, rows, info->cols());
            if (Status read = (*source)->readRows(*info, row0, block); !read)
                return read;
            const Status finite = requireFinite(block, row0, **source, *info);
            for (std::int64_t row = row0; row < row0 + rows; ++row)
                cellsToMagnitudes(weights->span(), row, 0, score->span().row(row));
            const std::scoped_lock lock(mutex);
            if (!finite)
                notFinite.emplace(row0, finite.error());
            rowsRead += rows;
            if (reports.progress)
                reports.progress(double(rowsRead) / double(info->rows()));
            return {};
        });
    if (!visited)
        return fail(visited.error());
    if (!notFinite.empty())
        tensor->notFinite = notFinite.begin()->second;
    if (tensor->notFinite)
        if (TensorInfo fitted = *info; fitToFloat(**source, fitted, stop) && fitted.exponent != 0)
            tensor->notFinite = Error{ErrorKind::Unsupported, where,
                                      "has values of about 1e" + std::to_string(int(fitted.exponent * 0.30103)) +
                                          ", which the window cannot show: it holds float32",
                                      "scale the tensor; nmscope solve, compare and verify take it as it is"};
    tensor->file = fileName;
    tensor->info = std::move(*info);
    tensor->weightSummary = summarize(weights->span(), stop);
    if (stop.stop_requested())
        return cancelled(**source, tensor->info);
    tensor->weightOverview = buildOverview(weights->span(), stop);
    if (stop.stop_requested())
        return cancelled(**source, tensor->info);
    tensor->scoreTotal = sumOf(*score);
    tensor->weightSample = evenSample(*weights);
    tensor->scoreSample = evenSample(*score);
    tensor->score = std::move(score);
    tensor->weights = std::move(weights);
    return tensor;
}

} // namespace nms
