// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/tensor_selection.h"

#include "core/base/number_text.h"
#include "core/io/weights_file.h"

#include <algorithm>

namespace nms::jobs {

namespace {

/// Why it cannot be cut into m × m tiles; empty where it can.
std::string whyNot(const TensorInfo &tensor, int m)
{
    if (!tensor.unreadable.empty())
        return tensor.unreadable;
    if (tensor.shape.size() < 2)
        return tensor.shape.empty() ? "is a scalar, not a matrix" : "has 1 dimension, not 2 or more";
    if (!isWeight(tensor.dtype))
        return "holds " + tensor.storedType + ", not floating-point weights";
    if (tensor.stack().names().empty())
        return tensor.axes.reason;
    if (!tensor.isMatrix())
        return "has no elements (" + formatShape(tensor.shape) + ")";
    const std::string tile = std::to_string(m) + "×" + std::to_string(m);
    if (tensor.matrixRows() < m || tensor.cols() < m)
        return "is smaller than a tile of " + tile + ": " + tensor.axesText();
    return {};
}

} // namespace

Result<TensorSelection> selectTensors(const TensorSource &source, const std::vector<std::string> &asked, int m)
{
    TensorSelection selection;
    for (const std::string &path : asked) {
        Result<TensorInfo> tensor = findTensor(source, path);
        if (!tensor)
            return fail(tensor.error());
        const std::string where = source.fileName() + ": " + tensor->path;
        if (const std::string reason = whyNot(*tensor, m); !reason.empty())
            return fail(ErrorKind::Input, where, reason, "choose a smaller M or another --tensor");
        const auto same = [&](const TensorInfo &taken) {
            return taken.path == tensor->path;
        };
        if (std::any_of(selection.taken.begin(), selection.taken.end(), same))
            return fail(ErrorKind::Usage, where, "is named twice", "give each --tensor once");
        selection.taken.push_back(std::move(*tensor));
    }
    if (!asked.empty())
        return selection;

    for (const TensorInfo &tensor : source.tensors()) {
        std::string reason = whyNot(tensor, m);
        if (reason.empty())
            selection.taken.push_back(tensor);
        else
            selection.skipped.push_back({tensor.path, std::move(reason)});
    }
    selection.skipped.insert(selection.skipped.end(), source.skipped().begin(), source.skipped().end());
    if (selection.taken.empty()) {
        std::string what = "no tensor has at least " + std::to_string(m) + " rows and " + std::to_string(m) + " columns";
        if (!selection.skipped.empty())
            what += " (" + selection.skipped.front().path + " " + selection.skipped.front().reason +
                (selection.skipped.size() > 1 ? ", and so on)" : ")");
        return fail(ErrorKind::Input, source.fileName(), what,
                    "choose a smaller M, or look at the file with nmscope inspect");
    }
    return selection;
}

Result<OpenedTensors> openTensors(const std::string &file, const std::vector<std::string> &asked, int m,
                                  const std::stop_token &stop)
{
    Result<std::unique_ptr<TensorSource>> source = openWeights(file, stop);
    if (!source)
        return fail(source.error());
    Result<TensorSelection> selection = selectTensors(**source, asked, m);
    if (!selection)
        return fail(selection.error());
    return OpenedTensors{std::move(*source), std::move(*selection)};
}

} // namespace nms::jobs
