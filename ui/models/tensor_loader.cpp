// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tensor_loader.h"

#include "core/io/weights_file.h"
#include "core/solver/solve.h"
#include "ui/models/format.h"

#include <QFile>
#include <QStringList>

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace nms {

static constexpr std::int64_t panelBytes = std::int64_t(4) << 20;

std::int64_t usualMemoryLimit()
{
    const std::int64_t pages = sysconf(_SC_PHYS_PAGES);
    const std::int64_t pageSize = sysconf(_SC_PAGESIZE);
    return pages > 0 && pageSize > 0 ? pages / 2 * pageSize : std::int64_t(1) << 30;
}

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

Status readPanels(TensorSource &source, const TensorInfo &tensor, const std::stop_token &stop,
                  const std::function<void(std::int64_t, Span2d<const float>)> &take)
{
    const std::int64_t rows = tensor.rows();
    const std::int64_t cols = tensor.cols();
    if (rows <= 0 || cols <= 0)
        return {};
    const std::int64_t panelRows = std::clamp<std::int64_t>(panelBytes / 4 / cols, 1, rows);
    Matrix<float> panel(panelRows, cols);
    for (std::int64_t row0 = 0; row0 < rows; row0 += panelRows) {
        if (stop.stop_requested())
            return cancelled(source, tensor);
        const Span2d<float> part = panel.span().block(0, 0, std::min(panelRows, rows - row0), cols);
        if (const Status status = source.readRows(tensor, row0, part); !status)
            return fail(status.error());
        take(row0, part);
    }
    return {};
}

Result<std::shared_ptr<const LoadedTensor>> loadTensor(const QString &fileName, const std::string &path,
                                                       std::int64_t memoryLimit, const std::stop_token &stop,
                                                       const std::function<void(double)> &report)
{
    Result<std::unique_ptr<TensorSource>> source = open(fileName, stop);
    if (!source)
        return fail(source.error());
    Result<TensorInfo> info = findTensor(**source, path);
    if (!info)
        return fail(info.error());
    const std::string where = (*source)->fileName() + ": " + info->path;
    if (!info->isMatrix())
        return fail(ErrorKind::Unsupported, where,
                    "is not a matrix of weights (" + format::shape(info->shape).toStdString() + " of " + info->storedType +
                        ")",
                    "choose a floating-point tensor with two or more dimensions");
    constexpr std::int64_t most = std::int64_t(1) << 56; // entries; below, no sum of bytes overflows
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

    auto tensor = std::make_shared<LoadedTensor>();
    auto weights = std::make_shared<Matrix<float>>(info->rows(), info->cols());
    const Status read = readPanels(**source, *info, stop, [&](std::int64_t row0, Span2d<const float> part) {
        if (!tensor->notFinite)
            if (const Status finite = requireFinite(part, row0, **source, *info); !finite)
                tensor->notFinite = finite.error();
        std::copy_n(part.data, part.size(), &(*weights)(row0, 0));
        report(double(row0 + part.rows) / double(info->rows()));
    });
    if (!read)
        return fail(read.error());
    tensor->file = fileName;
    tensor->info = std::move(*info);
    tensor->weightSummary = summarize(weights->span(), stop);
    if (stop.stop_requested())
        return cancelled(**source, tensor->info);
    tensor->weightOverview = buildOverview(weights->span(), stop);
    if (stop.stop_requested())
        return cancelled(**source, tensor->info);
    tensor->score = std::make_shared<Matrix<float>>(magnitudeScore(weights->span()));
    tensor->weights = std::move(weights);
    return tensor;
}

} // namespace nms
