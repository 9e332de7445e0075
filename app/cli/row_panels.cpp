// SPDX-License-Identifier: Apache-2.0
#include "app/cli/row_panels.h"

#include "app/cli/output.h"

#include <algorithm>

namespace nms::cli {

std::int64_t rowsPerBlock(std::int64_t cols)
{
    constexpr std::int64_t cells = std::int64_t(4) << 20;
    return std::max<std::int64_t>(1, cells / std::max<std::int64_t>(1, cols));
}

Status forEachPanel(TensorSource &source, const TensorInfo &tensor, std::int64_t panelRows, const std::stop_token &stop,
                    const PanelVisitor &visit)
{
    Matrix<float> panel(std::min(panelRows, tensor.rows()), tensor.cols());
    for (std::int64_t row0 = 0; row0 < tensor.rows(); row0 += panelRows) {
        if (stop.stop_requested())
            return fail(cancelled());
        const Span2d<float> rows = panel.span().block(0, 0, std::min(panelRows, tensor.rows() - row0), tensor.cols());
        if (Status read = source.readRows(tensor, row0, rows); !read)
            return read;
        if (Status visited = visit(row0, rows); !visited)
            return visited;
    }
    return {};
}

Result<Matrix<float>> readWhole(TensorSource &source, const TensorInfo &tensor, std::int64_t byteLimit, NonFinite nonFinite,
                                const std::stop_token &stop)
{
    const double bytes = static_cast<double>(tensor.rows()) * static_cast<double>(tensor.cols()) * sizeof(float);
    if (bytes > static_cast<double>(byteLimit))
        return fail(ErrorKind::Resource, source.fileName() + ": " + tensor.path,
                    "its values take " + formatBytes(bytes) + ", more than the " +
                        formatBytes(static_cast<double>(byteLimit)) + " that the memory limit leaves for them",
                    "raise --memory-limit");
    Matrix<float> values(tensor.rows(), tensor.cols());
    const std::int64_t blockRows = rowsPerBlock(tensor.cols());
    for (std::int64_t row0 = 0; row0 < values.rows(); row0 += blockRows) {
        if (stop.stop_requested())
            return fail(cancelled());
        const std::int64_t rows = std::min(blockRows, values.rows() - row0);
        const Span2d<float> block = values.span().block(row0, 0, rows, values.cols());
        if (const Status read = source.readRows(tensor, row0, block); !read)
            return fail(read.error());
        if (nonFinite == NonFinite::Allowed)
            continue;
        if (const Status finite = requireFinite(block, row0, source, tensor); !finite)
            return fail(finite.error());
    }
    return values;
}

Error cancelled()
{
    return {ErrorKind::Cancelled, "", "cancelled", ""};
}

} // namespace nms::cli
