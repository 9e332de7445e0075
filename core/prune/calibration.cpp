// SPDX-License-Identifier: Apache-2.0
#include "core/prune/calibration.h"

#include "core/base/number_text.h"
#include "core/tensor/row_panels.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nms {

namespace {

/// Common spelling of "a.b.weight" and "/a/b/weight".
std::string normal(std::string_view path)
{
    std::string text(path.substr(path.starts_with('/') ? 1 : 0));
    std::ranges::replace(text, '.', '/');
    return text;
}

/// The names under which a layer's inputs may be stored, in order of preference.
std::vector<std::string> namesOf(const std::string &tensorPath)
{
    std::vector<std::string> names = {normal(tensorPath)};
    for (const std::string_view last : {"/weight", "/kernel"})
        if (names.front().ends_with(last))
            names.push_back(names.front().substr(0, names.front().size() - last.size()));
    return names;
}

constexpr std::string_view gramName = "/hessian";

const TensorInfo *find(const TensorSource &file, const std::string &name)
{
    for (const TensorInfo &tensor : file.tensors())
        if (normal(tensor.path) == name)
            return &tensor;
    return nullptr;
}

std::optional<CalibrationEntry> entryAt(const TensorSource &file, const std::string &name)
{
    if (const TensorInfo *x = find(file, name))
        return CalibrationEntry{*x, name.ends_with(gramName)};
    if (const TensorInfo *h = find(file, name + std::string(gramName)))
        return CalibrationEntry{*h, true};
    return std::nullopt;
}

/// The text that each star of the pattern matches, each as short as possible; none if the name does not match.
std::optional<std::vector<std::string_view>> matchStars(std::string_view pattern, std::string_view name)
{
    std::vector<std::string_view> matched;
    std::size_t star = pattern.find('*');
    if (star == std::string_view::npos)
        return name == pattern ? std::optional(matched) : std::nullopt;
    if (!name.starts_with(pattern.substr(0, star)))
        return std::nullopt;
    name.remove_prefix(star);
    while (true) {
        pattern.remove_prefix(star + 1);
        star = pattern.find('*');
        const std::string_view literal = pattern.substr(0, star);
        if (star == std::string_view::npos) { // the last star matches everything up to the end
            if (name.size() < literal.size() || !name.ends_with(literal))
                return std::nullopt;
            matched.push_back(name.substr(0, name.size() - literal.size()));
            return matched;
        }
        const std::size_t found = name.find(literal);
        if (found == std::string_view::npos)
            return std::nullopt;
        matched.push_back(name.substr(0, found));
        name.remove_prefix(found + literal.size());
    }
}

std::string whereOf(const TensorSource &file, const CalibrationEntry &entry)
{
    return file.fileName() + ": " + entry.data.path;
}

std::int64_t lastOf(const TensorInfo &tensor)
{
    return tensor.shape.empty() ? 0 : tensor.shape.back();
}

/// Reads X as one matrix: all dimensions but the last count samples.
TensorInfo asSamples(TensorSource &file, const TensorInfo &x)
{
    if (x.shape.size() > 2)
        file.setAxes(x.path, {std::string(x.shape.size() - 1, 'r') + "c", "calibration"});
    else
        file.setAxes(x.path, {"rc", "calibration"});
    const Result<TensorInfo> found = findTensor(file, x.path);
    return found ? *found : x;
}

/// requireFinite() for activations, whose remedy differs from that of weights.
Status requireNumbers(Span2d<const float> rows, std::int64_t row0, const TensorSource &file, const TensorInfo &data)
{
    Status finite = requireFinite(rows, row0, file, data);
    if (!finite)
        finite.error().remedy = "pruning needs finite activations: leave such samples out, or store them in float32";
    return finite;
}

} // namespace

Result<CalibrationRule> CalibrationRule::parse(std::string_view text)
{
    const std::size_t equals = text.find('=');
    const auto usage = [&](const std::string &what) {
        return fail(ErrorKind::Usage, "map", "\"" + std::string(text) + "\" " + what,
                    "give TENSOR=PATH, as --map 'layers.*.q_proj.weight=layers.*.attention_input'");
    };
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size())
        return usage("is no TENSOR=PATH");
    CalibrationRule rule = {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
    if (std::ranges::count(rule.path, '*') > std::ranges::count(rule.tensor, '*'))
        return usage("has more stars in PATH than in TENSOR");
    return rule;
}

std::optional<std::string> CalibrationRule::pathOf(std::string_view tensorPath) const
{
    const auto matched = matchStars(tensor, tensorPath);
    if (!matched)
        return std::nullopt;
    std::string filled;
    std::size_t next = 0;
    for (const char c : path)
        if (c == '*')
            filled += (*matched)[next++];
        else
            filled += c;
    return filled;
}

Result<CalibrationEntry> findCalibration(const TensorSource &file, const std::string &tensorPath,
                                         const std::vector<CalibrationRule> &rules)
{
    for (const CalibrationRule &rule : rules)
        if (const auto path = rule.pathOf(tensorPath)) {
            if (auto entry = entryAt(file, normal(*path)))
                return std::move(*entry);
            const Result<TensorInfo> missing = findTensor(file, *path);
            Error error = missing ? Error{ErrorKind::Input, file.fileName(), "lacks it", ""} : missing.error();
            error.what += ", where --map puts the inputs of " + tensorPath;
            return fail(std::move(error));
        }
    for (const std::string &name : namesOf(tensorPath))
        if (auto entry = entryAt(file, name))
            return std::move(*entry);
    if (file.tensors().size() == 1 && file.format() == "npy")
        return CalibrationEntry{file.tensors().front(), normal(file.tensors().front().path).ends_with("hessian")};
    Result<TensorInfo> missing = findTensor(file, tensorPath);
    Error error = missing ? Error{ErrorKind::Input, file.fileName(), {}, {}} : missing.error();
    error.what = "has no activations of " + tensorPath;
    error.remedy = "put X (samples × inputs) at that path or H = XᵀX at its " + std::string(gramName.substr(1)) +
        ", say with --map where they are, or leave the tensor out with --exclude" +
        (error.remedy.empty() ? std::string() : " (" + error.remedy + ")");
    return fail(std::move(error));
}

Status checkCalibration(const TensorSource &file, const CalibrationEntry &entry, const std::string &tensorPath,
                        std::int64_t inputs)
{
    const TensorInfo &data = entry.data;
    const std::string layer = tensorPath + " has " + formatCount(inputs) + " inputs";
    if (!data.unreadable.empty())
        return fail(ErrorKind::Input, whereOf(file, entry), data.unreadable, "give activations that can be read");
    if (!isWeight(data.dtype))
        return fail(ErrorKind::Input, whereOf(file, entry), "holds " + data.storedType + ", no floating-point numbers",
                    "give activations in f16, bf16, f32 or f64");
    const std::string shape = "is " + formatShape(data.shape) + ", but " + layer;
    if (entry.isGram) {
        if (data.shape != std::vector<std::int64_t>{inputs, inputs})
            return fail(ErrorKind::Input, whereOf(file, entry), shape, "give H = XᵀX, inputs × inputs, of this layer");
        return {};
    }
    if (data.shape.size() < 2 || lastOf(data) != inputs || data.elements() == 0) {
        const bool turned = data.shape.size() == 2 && data.shape.front() == inputs;
        return fail(ErrorKind::Input, whereOf(file, entry), shape,
                    turned ? "give samples × inputs: transpose it" : "give samples × inputs of this layer");
    }
    return {};
}

Result<Gram> readGram(TensorSource &file, const CalibrationEntry &entry, LinearAlgebra &algebra, int threads,
                      const Progress &progress)
{
    TensorInfo data = asSamples(file, entry.data);
    if (const Status fitted = fitToFloat(file, data, progress.stop); !fitted)
        return fail(fitted.error());
    const auto tell = [&](std::int64_t done) {
        if (progress.report)
            progress.report(done, data.rows());
    };
    Gram gram;
    if (entry.isGram) {
        gram.h = Matrix<float>(data.rows(), data.cols());
        const double unit = std::ldexp(1.0, data.exponent);
        const Status read = forEachPanel(file, data, rowsPerBlock(data.cols()), progress.stop,
                                         [&](std::int64_t row0, Span2d<const float> rows) -> Status {
                                             if (const Status finite = requireNumbers(rows, row0, file, data); !finite)
                                                 return finite;
                                             for (std::int64_t row = 0; row < rows.rows; ++row)
                                                 for (std::int64_t col = 0; col < rows.cols; ++col)
                                                     gram.h(row0 + row, col) =
                                                         static_cast<float>(double(rows(row, col)) * unit);
                                             tell(row0 + rows.rows);
                                             return {};
                                         });
        if (!read)
            return fail(read.error());
    } else {
        auto sum = algebra.startGram(data.cols(), threads);
        if (!sum)
            return fail(errorIn(file.fileName(), data.path, sum.error()));
        const Status read = forEachPanel(file, data, rowsPerBlock(data.cols()), progress.stop,
                                         [&](std::int64_t row0, Span2d<const float> rows) -> Status {
                                             if (const Status finite = requireNumbers(rows, row0, file, data); !finite)
                                                 return finite;
                                             if (const Status added = (*sum)->add(rows); !added)
                                                 return added;
                                             tell(row0 + rows.rows);
                                             return {};
                                         });
        if (!read)
            return fail(read.error());
        Result<Matrix<double>> h = (*sum)->finish();
        if (!h)
            return fail(h.error());
        Result<Gram> rounded = gramOf(*h, data.rows());
        if (!rounded)
            return fail(errorIn(file.fileName(), data.path, rounded.error()));
        gram = std::move(*rounded);
    }
    if (const Status checked = checkGram(gram); !checked)
        return fail(errorIn(file.fileName(), data.path, checked.error()));
    return gram;
}

} // namespace nms
