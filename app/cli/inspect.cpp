// SPDX-License-Identifier: Apache-2.0
// nmscope inspect: what is in a file, and which N:M patterns hold already.
#include "app/cli/command.h"
#include "app/cli/mask_report.h"
#include "app/cli/output.h"
#include "app/cli/progress_bar.h"
#include "app/cli/row_panels.h"
#include "app/cli/tensor_selection.h"
#include "core/io/mask_file.h"
#include "core/io/weights_file.h"
#include "core/io/weights_format.h"
#include "core/sparsity/pattern_detection.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t longestRow = std::int64_t(256) << 20;

struct Arguments {
    std::string file;
    bool json = false;
};

struct Finding {
    TensorInfo tensor;
    std::optional<DetectedPatterns> patterns; // of matrices alone
    std::int64_t nonFinite = 0;
    std::optional<MaskEntry> mask; // where it is one that solve, or somebody like it, wrote
};

/// A file without masks has nothing to say of them, and one whose masks contradict themselves is for `verify`.
std::vector<MaskEntry> masksOf(const std::string &file, const std::stop_token &stop)
{
    const auto masks = MaskFile::open(file, stop);
    return masks ? (*masks)->masks() : std::vector<MaskEntry>();
}

Result<Finding> look(TensorSource &source, const TensorInfo &tensor, const std::stop_token &stop,
                     const std::function<void(std::int64_t rows)> &rowsDone)
{
    Finding finding{tensor, {}, 0, {}};
    if (!tensor.isMatrix())
        return finding;
    // One row is the least that can be read; a row of absurd length is refused rather than allocated.
    if (tensor.cols() > longestRow)
        return fail(ErrorKind::Resource, source.fileName() + ": " + tensor.path,
                    "a row has " + formatCount(tensor.cols()) + " entries", "check how the file was written");
    PatternDetector detector(tensor.cols());
    const Status looked = forEachPanel(source, tensor, rowsPerBlock(tensor.cols()), stop,
                                       [&](std::int64_t row0, Span2d<const float> rows) -> Status {
                                           detector.addRows(rows);
                                           for (std::int64_t row = 0; row < rows.rows; ++row)
                                               for (const float value : rows.row(row))
                                                   finding.nonFinite += std::isfinite(value) ? 0 : 1;
                                           rowsDone(row0 + rows.rows);
                                           return {};
                                       });
    if (!looked)
        return fail(looked.error());
    finding.patterns = detector.finish();
    return finding;
}

Json namesOf(const std::vector<NmPattern> &patterns)
{
    Json list = Json::array();
    for (const NmPattern &pattern : patterns)
        list.push_back(pattern.text());
    return list;
}

std::string listOf(const std::vector<NmPattern> &patterns)
{
    std::string text;
    for (const NmPattern &pattern : patterns)
        text += (text.empty() ? "" : " ") + pattern.text();
    return text.empty() ? "–" : text;
}

Json toJson(const Finding &finding)
{
    const TensorInfo &tensor = finding.tensor;
    const DetectedPatterns patterns = finding.patterns.value_or(DetectedPatterns());
    Json object{{"path", tensor.path},
                {"shape", tensor.shape},
                {"dtype", nameOf(tensor.dtype)},
                {"sparsity", nullptr},
                {"patterns",
                 {{"rows", namesOf(patterns.alongRows)},
                  {"columns", namesOf(patterns.alongColumns)},
                  {"transposable", namesOf(patterns.transposable)}}},
                {"layout", tensor.layout}};
    if (finding.patterns) {
        object["sparsity"] = patterns.sparsity;
        object["non_finite"] = finding.nonFinite;
    }
    if (finding.mask) {
        Json mask = Json::object();
        if (finding.mask->pattern)
            mask["pattern"] = finding.mask->pattern->text();
        if (finding.mask->method)
            mask["method"] = *finding.mask->method;
        addOrigin(mask, *finding.mask);
        object["mask"] = std::move(mask);
    }
    if (!tensor.unreadable.empty())
        object["unreadable"] = tensor.unreadable;
    if (!tensor.note.empty())
        object["note"] = tensor.note;
    return object;
}

Status printTable(const TensorSource &source, const std::vector<Finding> &findings)
{
    TextTable table({"tensor", "shape", "dtype", "zeros", "along rows", "along columns", "both"});
    std::string notes;
    for (const Finding &finding : findings) {
        const TensorInfo &tensor = finding.tensor;
        const std::string dtype(tensor.dtype == DType::Other ? std::string_view(tensor.storedType) : nameOf(tensor.dtype));
        std::vector<std::string> cells{tensor.path, formatShape(tensor.shape), dtype, "–", "–", "–", "–"};
        if (const auto &patterns = finding.patterns) {
            cells[3] = formatPercent(patterns->sparsity, 4);
            cells[4] = listOf(patterns->alongRows);
            cells[5] = listOf(patterns->alongColumns);
            cells[6] = listOf(patterns->transposable);
        }
        table.addRow(cells);
        if (finding.nonFinite > 0)
            notes += printable(tensor.path) + ": " + formatCount(finding.nonFinite) + " values are NaN or Inf\n";
        if (finding.mask && finding.mask->pattern)
            notes += printable(tensor.path + ": keeps " + finding.mask->pattern->text() + " by " + originOf(*finding.mask)) +
                "\n";
        if (!tensor.unreadable.empty())
            notes += printable(tensor.path + ": " + tensor.unreadable) + "\n";
        if (!tensor.note.empty())
            notes += printable(tensor.path + ": " + tensor.note) + "\n";
    }
    const std::string head = source.fileName() + ": " + std::string(source.format()) + ", " +
        formatCount(std::int64_t(findings.size())) + (findings.size() == 1 ? " tensor\n\n" : " tensors\n\n");
    return printText(head + table.text() + notes + toText(source.skipped()));
}

Result<ExitCode> inspect(const Arguments &arguments, const std::stop_token &stop)
{
    const auto source = openWeights(arguments.file, stop);
    if (!source)
        return fail(source.error());

    // In floating point, as shapes in a hostile file may promise more cells than 64 bits count.
    const auto cellsOf = [](const TensorInfo &tensor) {
        return tensor.isMatrix() ? static_cast<double>(tensor.rows()) * static_cast<double>(tensor.cols()) : 0;
    };
    const std::vector<MaskEntry> masks = masksOf(arguments.file, stop);
    double cells = 0;
    for (const TensorInfo &tensor : (*source)->tensors())
        cells += cellsOf(tensor);
    std::vector<Finding> findings;
    {
        ProgressBar bar;
        double before = 0;
        for (const TensorInfo &tensor : (*source)->tensors()) {
            bar.setLabel(tensor.path);
            const auto rowsDone = [&](std::int64_t rows) {
                const double here = static_cast<double>(rows) * static_cast<double>(tensor.cols());
                bar.setShare((before + here) / cells);
            };
            Result<Finding> finding = look(**source, tensor, stop, rowsDone);
            if (!finding)
                return fail(finding.error());
            const auto mask = std::find_if(masks.begin(), masks.end(),
                                           [&](const MaskEntry &entry) { return entry.datasetPath == tensor.path; });
            if (mask != masks.end())
                finding->mask = *mask;
            before += cellsOf(tensor);
            findings.push_back(std::move(*finding));
        }
    }

    Status printed;
    if (arguments.json) {
        Json object{{"file", arguments.file},
                    {"format", (*source)->format()},
                    {"tensors", Json::array()},
                    {"skipped", cli::toJson((*source)->skipped())},
                    {"version", NMS_VERSION}};
        for (const Finding &finding : findings)
            object["tensors"].push_back(toJson(finding));
        printed = printJson(object);
    } else {
        printed = printTable(**source, findings);
    }
    if (!printed)
        return fail(printed.error());
    return ExitCode::Done;
}

} // namespace

void addInspect(CLI::App &app, Action &chosen)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App *command = app.add_subcommand("inspect", "What is in a file, and which N:M patterns hold already");
    command->add_option("FILE", arguments->file, "Weights, " + readableEndings())->required()->type_name("");
    command->add_flag("--json", arguments->json, "Print one JSON object");
    command->footer(
        "Example:\n  nmscope inspect model.safetensors\n"
        "A pattern N:M is shown where at most N of every M consecutive weights are not zero along rows, along columns,\n"
        "or along both (transposable); of each M only the smallest N.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            return inspect(*arguments, stop);
        };
    });
}

} // namespace nms::cli
