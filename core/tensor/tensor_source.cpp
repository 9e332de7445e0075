// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/tensor_source.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/base/parallel.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <numeric>

namespace nms {

Stack TensorInfo::stack() const
{
    const bool isNone = axes.letters.empty() && !axes.reason.empty();
    return isNone ? Stack() : Stack(shape, axes.letters);
}

std::int64_t TensorInfo::matrices() const
{
    return matrix ? 1 : stack().count();
}

std::int64_t TensorInfo::matrixRows() const
{
    return stack().rows();
}

std::int64_t TensorInfo::rows() const
{
    return saturatingProduct(std::array{matrices(), matrixRows()});
}

std::int64_t TensorInfo::cols() const
{
    return stack().cols();
}

std::int64_t TensorInfo::elements() const
{
    const Stack all = stack();
    return matrix ? saturatingProduct(std::array{all.rows(), all.cols()}) : saturatingProduct(shape);
}

std::int64_t TensorInfo::rawRows() const
{
    return shape.empty() ? 1 : shape.front();
}

std::int64_t TensorInfo::rawCols() const
{
    return shape.size() < 2 ? 1 : saturatingProduct(std::span(shape).subspan(1));
}

bool TensorInfo::isMatrix() const
{
    return isWeight(dtype) && stack().count() > 0 && elements() > 0 && unreadable.empty();
}

std::string TensorInfo::axesText() const
{
    const Stack all = stack();
    if (all.names().empty())
        return axes.reason;
    std::string text = axes.reason.empty() ? "matrix" : axes.reason;
    text += ", ";
    if (matrices() > 1)
        text += formatCount(matrices()) + " matrices ";
    return text + std::to_string(all.rows()) + " × " + std::to_string(all.cols()) + " (" + all.names() + ")";
}

namespace {

std::string matrixSuffix(const Stack &stack, std::int64_t matrix)
{
    std::string text;
    for (const std::int64_t index : stack.indexOf(matrix))
        text += (text.empty() ? "[" : ",") + std::to_string(index);
    return text.empty() ? text : text + "]";
}

/// The indices of "…[1,2]"; nothing where the path does not end in such a list.
std::optional<std::vector<std::int64_t>> suffixOf(std::string_view path, std::string_view &before)
{
    const std::size_t open = path.rfind('[');
    if (open == std::string_view::npos || open == 0 || !path.ends_with(']'))
        return std::nullopt;
    before = path.substr(0, open);
    std::string_view list = path.substr(open + 1);
    std::vector<std::int64_t> index;
    while (!list.empty()) {
        std::int64_t number = -1;
        const auto parsed = std::from_chars(list.data(), list.data() + list.size(), number);
        const std::size_t used = std::size_t(parsed.ptr - list.data());
        if (parsed.ec != std::errc() || used >= list.size() || (list[used] != ',' && list[used] != ']'))
            return std::nullopt;
        index.push_back(number);
        list.remove_prefix(used + 1);
    }
    return index;
}

} // namespace

TensorInfo matrixOf(const TensorInfo &tensor, std::int64_t matrix)
{
    TensorInfo one = tensor;
    one.matrix = matrix;
    one.path += matrixSuffix(tensor.stack(), matrix);
    return one;
}

const std::vector<SkippedEntry> &TensorSource::skipped() const
{
    static const std::vector<SkippedEntry> none;
    return none;
}

const std::map<std::string, std::string> &TensorSource::metadata() const
{
    static const std::map<std::string, std::string> none;
    return none;
}

namespace {

/// The Levenshtein distance, for suggesting names.
std::size_t editDistance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t(0));
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

/// The three names closest to `path`; those that contain it come first.
std::string nearNames(const std::vector<TensorInfo> &tensors, std::string_view path)
{
    constexpr std::size_t compared = 2000; // limits the work; names beyond are not suggested
    std::vector<std::pair<std::size_t, const std::string *>> ranked;
    for (const TensorInfo &tensor : std::span(tensors).first(std::min(tensors.size(), compared))) {
        const bool contains = !path.empty() && tensor.path.find(path) != std::string::npos;
        ranked.emplace_back(contains ? 0
                                     : 1 + editDistance(path.substr(0, 256), std::string_view(tensor.path).substr(0, 256)),
                            &tensor.path);
    }
    const std::size_t shown = std::min<std::size_t>(3, ranked.size());
    std::partial_sort(
        ranked.begin(), ranked.begin() + std::ptrdiff_t(shown), ranked.end(),
        [](const auto &a, const auto &b) { return std::pair(a.first, *a.second) < std::pair(b.first, *b.second); });
    std::string names;
    for (std::size_t i = 0; i < shown; ++i)
        names += (i ? ", " : "") + *ranked[i].second;
    return names;
}

} // namespace

Result<TensorInfo> findTensor(const TensorSource &source, std::string_view path)
{
    const std::string_view wanted = path.starts_with('/') ? path.substr(1) : path;
    for (const TensorInfo &tensor : source.tensors())
        if (tensor.path == wanted || tensor.path == path)
            return tensor;
    std::string_view whole;
    if (const auto index = suffixOf(wanted, whole))
        for (const TensorInfo &tensor : source.tensors())
            if (const std::int64_t matrix = tensor.path == whole ? tensor.stack().matrixAt(*index) : -1; matrix >= 0)
                return matrixOf(tensor, matrix);
    for (const SkippedEntry &entry : source.skipped())
        if (entry.path == wanted)
            return fail(ErrorKind::Input, source.fileName() + ": " + entry.path, "is not read: " + entry.reason);
    const std::string names = nearNames(source.tensors(), wanted);
    return fail(ErrorKind::Input, source.fileName(), "holds no tensor " + std::string(wanted),
                names.empty() ? "the file holds no tensors at all" : "near names are " + names);
}

Error errorIn(const std::string &fileName, const std::string &path, Error error)
{
    if (error.where.find(path) == std::string::npos)
        error.where = fileName + ": " + path + (error.where.empty() ? "" : ": ") + error.where;
    return error;
}

Status requireFinite(const WeightsView &rows, std::int64_t row0, const TensorSource &source, const TensorInfo &tensor,
                     int threads)
{
    std::atomic<std::int64_t> firstBad = rows.rows; // the topmost row with NaN or Inf so far; rows are checked in any order
    constexpr std::int64_t cellsPerBlock = 1 << 16;
    parallelBlocks(rows.rows, std::max<std::int64_t>(1, cellsPerBlock / std::max<std::int64_t>(1, rows.cols)), threads, {},
                   [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t row = begin; row < end && row < firstBad.load(std::memory_order_relaxed); ++row) {
                           if (isFiniteRow(rows, row))
                               continue;
                           std::int64_t seen = firstBad.load();
                           while (row < seen && !firstBad.compare_exchange_weak(seen, row)) { }
                           return;
                       }
                   });
    const std::int64_t row = firstBad;
    if (row == rows.rows)
        return {};
    std::vector<float> cells(std::size_t(rows.cols));
    rowToFloat(rows, row, cells);
    const auto bad = std::find_if(cells.begin(), cells.end(), [](float cell) { return !std::isfinite(cell); });
    const std::string name = std::isnan(*bad) ? "NaN" : *bad > 0 ? "+Inf" : "-Inf";
    return fail(ErrorKind::Input, source.fileName() + ": " + tensor.path,
                name + " at (" + std::to_string(row0 + row) + ", " + std::to_string(bad - cells.begin()) + ")",
                "masks need finite weights: repair the tensor, or leave such tensors out with --skip-invalid");
}

} // namespace nms
