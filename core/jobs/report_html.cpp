// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/report_html.h"

#include "core/base/number_text.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

namespace nms::jobs {

namespace {

/// Text as HTML shows it; control characters, which HTML does not allow, become U+FFFD.
std::string escaped(std::string_view text)
{
    std::string html;
    for (const char letter : text) {
        switch (letter) {
        case '&':
            html += "&amp;";
            break;
        case '<':
            html += "&lt;";
            break;
        case '>':
            html += "&gt;";
            break;
        case '"':
            html += "&quot;";
            break;
        default:
            if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f)
                html += "&#xfffd;";
            else
                html += letter;
        }
    }
    return html;
}

std::string percent(double share, int decimals = 2)
{
    return formatFixed(100 * share, decimals) + " %";
}

/// "+0.42", "−1.30" percentage points.
std::string points(double difference)
{
    const std::string digits = formatFixed(std::abs(100 * difference), 2);
    return (difference < 0 ? "−" : "+") + digits;
}

/// A figure over a bar of its share.
std::string barCell(double share, const std::string &text, double scale = 1)
{
    return "<td class=\"n\" style=\"--share:" + formatFixed(100 * std::clamp(scale * share, 0.0, 1.0), 2) + "%\">" + text +
        "</td>";
}

std::string cell(const std::string &text, bool isNumber = true)
{
    return std::string(isNumber ? "<td class=\"n\">" : "<td>") + text + "</td>";
}

std::string row(const std::string &cells, const char *kind = "")
{
    return "<tr" + std::string(kind) + ">" + cells + "</tr>\n";
}

std::string head(const std::vector<std::string> &titles)
{
    std::string cells;
    for (const std::string &title : titles)
        cells += "<th>" + title + "</th>";
    return "<thead>" + row(cells) + "</thead>\n";
}

std::string page(const std::string &title, const std::string &file, const std::string &facts, const std::string &body)
{
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
        escaped(title) + ": " + escaped(file) + R"html(</title>
<style>
:root { --ground: #fff; --text: #1b1e24; --muted: #5b6472; --line: #d7dbe3; --bar: #b9d6f5; --model: #f1f4f8; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14161a; --text: #d7dbe3; --muted: #8a93a3; --line: #2a2e37; --bar: #234a72; --model: #1b1e24; }
}
body { background: var(--ground); color: var(--text); font: 14px/1.5 Inter, system-ui, sans-serif; margin: 32px auto; max-width: 1200px; padding: 0 16px; }
h1 { font-size: 22px; margin: 0; } h2 { font-size: 16px; margin: 32px 0 8px; overflow-wrap: anywhere; }
p { color: var(--muted); margin: 4px 0 16px; max-width: 80ch; overflow-wrap: anywhere; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th { text-align: right; color: var(--muted); font-weight: 500; } th:first-child { text-align: left; }
th, td { padding: 4px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
td:first-child { overflow-wrap: anywhere; white-space: normal; }
td.n { font: 13px/1.5 "JetBrains Mono", ui-monospace, monospace; text-align: right;
       background: linear-gradient(to right, var(--bar) var(--share, 0), transparent var(--share, 0)); }
tr.model td { font-weight: 600; background-color: var(--model); border-top: 2px solid var(--line); }
</style>
</head>
<body>
<h1>)html" +
        escaped(title) + "</h1>\n<p>" + escaped(file) + " · " + facts + " · nmscope " NMS_VERSION "</p>\n" + body +
        "</body>\n</html>\n";
}

std::string skippedHtml(const std::vector<SkippedEntry> &skipped)
{
    if (skipped.empty())
        return {};
    std::string html = "<h2>Left out</h2>\n<div class=\"table\"><table>" + head({"tensor", "reason"}) + "<tbody>\n";
    for (const SkippedEntry &entry : skipped)
        html += row(cell(escaped(entry.path), false) + cell(escaped(entry.reason), false));
    return html + "</tbody></table></div>\n";
}

/// The most that a transposable mask of the same tensor and pattern keeps.
std::optional<double> bestAt(const CompareReport &report, const ComparedMask &mask)
{
    std::optional<double> best;
    for (const ComparedMask &other : report.masks)
        if (other.transposable && other.report.path == mask.report.path && other.report.pattern == mask.report.pattern)
            best = std::max(best.value_or(0), *other.report.keptMagnitude);
    return best;
}

/// Costs and sufficient patterns of a tensor, or of the model, in the columns of `model`.
std::string overviewCells(const ModelOverview &model, const std::vector<PatternCost> &costs,
                          const std::vector<SufficientPattern> &sufficient)
{
    std::string cells;
    for (const PatternCost &column : model.costs) {
        const auto cost =
            std::find_if(costs.begin(), costs.end(), [&](const PatternCost &one) { return one.pattern == column.pattern; });
        cells += cost == costs.end()
            ? cell("–") + cell("–")
            : barCell(cost->transposable.share(), percent(cost->transposable.share())) + cell(points(-cost->price()));
    }
    for (const SufficientPattern &column : model.sufficient) {
        const auto one = std::find_if(sufficient.begin(), sufficient.end(), [&](const SufficientPattern &candidate) {
            return candidate.pattern.m == column.pattern.m;
        });
        cells += cell(one == sufficient.end() ? "–" : one->pattern.text());
    }
    return cells;
}

} // namespace

std::string toHtml(const CompareReport &report)
{
    std::string body = "<p>kept |W|: Σ|W|∘S / Σ|W|. Difference: percentage points from the best transposable mask of the "
                       "same pattern. Gap: "
                       "certified, no mask of that kind is better by more. Squared error: ‖W − W∘S‖² / ‖W‖².</p>\n";
    for (const TensorInfo &tensor : report.tensors) {
        body += "<h2>" + escaped(tensor.path) + " <small>" + formatShape(tensor.shape) +
            "</small></h2>\n<div class=\"table\"><table>" +
            head({"keep", "method", "transposable", "kept |W|", "difference", "certified gap", "squared error", "time"}) +
            "<tbody>\n";
        for (const ComparedMask &mask : report.masks) {
            if (mask.report.path != tensor.path)
                continue;
            const std::optional<double> best = bestAt(report, mask);
            body += row(cell(mask.report.pattern.text()) + cell(escaped(mask.report.method), false) +
                        cell(mask.transposable ? "yes" : "no", false) +
                        barCell(*mask.report.keptMagnitude, percent(*mask.report.keptMagnitude, 3)) +
                        cell(best ? points(*mask.report.keptMagnitude - *best) : "–") +
                        cell(formatPercent(*mask.report.relativeGap, 4)) +
                        cell(percent(*mask.report.relativeSquaredError, 3)) + cell(formatSeconds(mask.report.seconds)));
        }
        body += "</tbody></table></div>\n";
    }
    return page("Patterns and methods compared", report.file,
                "score " + escaped(report.score) + " · " + escaped(report.backend), body + skippedHtml(report.skipped));
}

std::string toHtml(const ModelOverview &overview)
{
    const std::string mask = overview.method == provingMethod()
        ? "the best transposable mask"
        : "the mask of " + escaped(std::string(nameOf(overview.method)));
    std::string body = "<p>N:M: share of the score that " + mask +
        " keeps, ΣA∘S / ΣA, and how many percentage points that is "
        "from what N:M along rows alone keeps: the price of transposability.";
    if (overview.target > 0)
        body += " M = …: the smallest N with which the best transposable mask keeps " +
            withoutTrailingZeros(formatPercent(overview.target)) + " of the score.";
    body += "</p>\n<div class=\"table\"><table>";
    std::vector<std::string> titles{"tensor", "shape"};
    for (const PatternCost &cost : overview.costs) {
        titles.push_back(cost.pattern.text());
        titles.emplace_back("price");
    }
    for (const SufficientPattern &one : overview.sufficient)
        titles.push_back("M = " + std::to_string(one.pattern.m));
    body += head(titles) + "<tbody>\n";
    for (const TensorOverview &one : overview.tensors)
        body += row(cell(escaped(one.tensor.path), false) + cell(formatShape(one.tensor.shape)) +
                    overviewCells(overview, one.costs, one.sufficient));
    body += row(cell("whole model", false) + cell(std::to_string(overview.tensors.size()) + " tensors") +
                    overviewCells(overview, overview.costs, overview.sufficient),
                " class=\"model\"");
    body += "</tbody></table></div>\n<h2>Worst tiles</h2>\n<div class=\"table\"><table>" +
        head({"keep", "tensor", "tile", "kept"}) + "<tbody>\n";
    for (const PatternCost &cost : overview.costs)
        if (cost.worst.tileRow >= 0)
            body += row(cell(cost.pattern.text()) + cell(escaped(cost.worst.path), false) +
                        cell(std::to_string(cost.worst.tileRow) + ", " + std::to_string(cost.worst.tileCol)) +
                        barCell(cost.worst.share, percent(cost.worst.share)));
    return page("Model overview", overview.file, "score " + escaped(overview.score) + " · " + escaped(overview.backend),
                body + "</tbody></table></div>\n" + skippedHtml(overview.skipped));
}

} // namespace nms::jobs
