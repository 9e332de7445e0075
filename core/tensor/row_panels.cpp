// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/row_panels.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <new>
#include <vector>

namespace nms {

static Unexpected<Error> cancelled(const TensorSource &source, const TensorInfo &tensor)
{
    return fail(ErrorKind::Cancelled, source.fileName() + ": " + tensor.path, "reading was cancelled");
}

std::int64_t rowsPerBlock(std::int64_t cols, std::int64_t cells)
{
    return std::max<std::int64_t>(1, cells / std::max<std::int64_t>(1, cols));
}

Status forEachPanel(TensorSource &source, const TensorInfo &tensor, std::int64_t panelRows, const std::stop_token &stop,
                    const PanelVisitor &visit)
{
    Matrix<float> panel(std::min(panelRows, tensor.rows()), tensor.cols());
    for (std::int64_t row0 = 0; row0 < tensor.rows(); row0 += panelRows) {
        if (stop.stop_requested())
            return cancelled(source, tensor);
        const Span2d<float> rows = panel.span().block(0, 0, std::min(panelRows, tensor.rows() - row0), tensor.cols());
        if (Status read = source.readRows(tensor, row0, rows); !read)
            return read;
        if (Status visited = visit(row0, rows); !visited)
            return visited;
    }
    return {};
}

Status visitRows(const TensorSource &source, const TensorInfo &tensor, std::int64_t rows, std::int64_t cols, int threads,
                 const std::stop_token &stop, const RowsVisitor &visit)
{
    if (!source.readsInParallel(tensor)) {
        const std::int64_t most = rowsPerBlock(cols);
        for (std::int64_t row0 = 0; row0 < rows; row0 += most) {
            if (stop.stop_requested())
                return cancelled(source, tensor);
            if (const Status visited = visit(row0, std::min(most, rows - row0)); !visited)
                return visited;
        }
        return {};
    }
    constexpr std::int64_t cellsOfThread = std::int64_t(1) << 18;
    std::mutex mutex;
    std::map<std::int64_t, Error> errors; // by row
    const bool complete =
        parallelBlocks(rows, rowsPerBlock(cols, cellsOfThread), threads, stop, [&](std::int64_t begin, std::int64_t end) {
            if (const Status visited = visit(begin, end - begin); !visited) {
                const std::scoped_lock lock(mutex);
                errors.emplace(begin, visited.error());
            }
        });
    if (!errors.empty())
        return fail(errors.begin()->second);
    return complete ? Status() : cancelled(source, tensor);
}

Status fitToFloat(TensorSource &source, TensorInfo &tensor, const std::stop_token &stop)
{
    if (tensor.dtype != DType::F64 || !tensor.isMatrix())
        return {};
    constexpr int most = 60, least = -60; // bounds for the exponent of the largest value
    double largest = 0;
    std::vector<double> panel;
    const std::int64_t panelRows = rowsPerBlock(tensor.cols(), std::int64_t(1) << 20);
    for (std::int64_t row = 0; row < tensor.rows(); row += panelRows) {
        if (stop.stop_requested())
            return cancelled(source, tensor);
        const std::int64_t rows = std::min(panelRows, tensor.rows() - row);
        panel.resize(std::size_t(rows * tensor.cols()));
        if (Status read = source.readMatrixRows(tensor, row, rows, std::as_writable_bytes(std::span(panel))); !read)
            return read;
        for (const double value : panel)
            largest = std::isfinite(value) ? std::max(largest, std::abs(value)) : largest;
    }
    const int exponent = largest > 0 ? std::ilogb(largest) : 0;
    tensor.exponent = exponent > most || exponent < least ? exponent : 0;
    return {};
}

static double bytesAsFloats(const TensorInfo &tensor)
{
    return static_cast<double>(tensor.rows()) * static_cast<double>(tensor.cols()) * sizeof(float);
}

Status requireReadable(const TensorSource &source, const TensorInfo &tensor, std::int64_t byteLimit)
{
    const std::string where = source.fileName() + ": " + tensor.path;
    if (!tensor.unreadable.empty())
        return fail(ErrorKind::Unsupported, where, tensor.unreadable);
    if (tensor.shape.size() < 2)
        return fail(ErrorKind::Input, where, "has fewer than two dimensions, so it is not a matrix");
    const auto bytes = checkedMultiply(tensor.elements(), std::int64_t(sizeof(float)));
    if (!bytes || *bytes > byteLimit)
        return fail(ErrorKind::Resource, where,
                    "its values take " + formatBytes(bytesAsFloats(tensor)) + ", more than the " +
                        formatBytes(static_cast<double>(byteLimit)) + " that the memory limit leaves for them",
                    "raise --memory-limit");
    return {};
}

Result<Matrix<float>> readMatrix(TensorSource &source, const TensorInfo &tensor, std::int64_t byteLimit, NonFinite nonFinite,
                                 const std::stop_token &stop)
{
    if (const Status readable = requireReadable(source, tensor, byteLimit); !readable)
        return fail(readable.error());
    Matrix<float> values;
    try {
        values = Matrix<float>::forOverwrite(tensor.rows(), tensor.cols());
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, source.fileName() + ": " + tensor.path,
                    "its values take " + formatBytes(bytesAsFloats(tensor)) + ", more memory than there is",
                    "close other programs or take a smaller tensor");
    }
    if (values.empty())
        return values;
    const Status visited = visitRows(
        source, tensor, values.rows(), values.cols(), 0, stop, [&](std::int64_t row0, std::int64_t rows) -> Status {
            const Span2d<float> block = values.span().block(row0, 0, rows, values.cols());
            if (Status read = source.readRows(tensor, row0, block); !read || nonFinite == NonFinite::Allowed)
                return read;
            return requireFinite(block, row0, source, tensor, source.readsInParallel(tensor) ? 1 : 0);
        });
    if (!visited)
        return fail(visited.error());
    return values;
}

} // namespace nms
