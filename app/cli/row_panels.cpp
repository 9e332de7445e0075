// SPDX-License-Identifier: Apache-2.0
#include "app/cli/row_panels.h"

#include <algorithm>

namespace nms::cli {

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

Error cancelled()
{
    return {ErrorKind::Cancelled, "", "cancelled", ""};
}

} // namespace nms::cli
