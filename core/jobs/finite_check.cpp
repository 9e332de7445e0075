// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/finite_check.h"

#include "core/tensor/row_panels.h"

namespace nms::jobs {

Result<std::optional<std::string>> invalidPlaceOf(TensorSource &source, const TensorInfo &stored, const Progress &progress)
{
    TensorInfo tensor = stored;
    if (const Status fitted = fitToFloat(source, tensor, progress.stop); !fitted)
        return fail(fitted.error());
    std::optional<std::string> place;
    const Status read = forEachPanel(source, tensor, rowsPerBlock(tensor.cols()), progress.stop,
                                     [&](std::int64_t row0, Span2d<const float> rows) -> Status {
                                         const Status finite = requireFinite(rows, row0, source, tensor);
                                         if (!finite) {
                                             place = "holds " + finite.error().what;
                                             return finite; // ends the reading
                                         }
                                         if (progress.report)
                                             progress.report((row0 + rows.rows) * tensor.cols(), tensor.elements());
                                         return {};
                                     });
    if (!read && !place)
        return fail(read.error());
    return place;
}

Error nothingFinite(const std::string &fileName, const SkippedEntry &last, std::size_t count)
{
    return {ErrorKind::Input, fileName,
            "nothing to prune: " + last.path + " " + last.reason +
                (count > 1 ? ", and the others hold NaN or Inf, too" : ""),
            "masks need finite weights: repair the tensors"};
}

} // namespace nms::jobs
