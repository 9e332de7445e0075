// SPDX-License-Identifier: Apache-2.0
#include "core/base/number_text.h"
#include "core/bench/suite_tables.h"

#include <algorithm>
#include <cmath>

namespace nms::bench {

namespace {

struct Curve {
    NmPattern pattern;
    std::string data, method, backend;
    bool paperRounding = false;
    friend bool operator==(const Curve &, const Curve &) = default;
};

Curve curveOf(const Record &record)
{
    return {record.pattern, record.data, record.method, record.backend,
            record.curvePoint && record.curvePoint->paperRounding};
}

/// "0.0631 %, 13.4 µs".
std::string cellOf(const Record &record)
{
    if (!record.done() || !record.verdict.gap)
        return "–";
    const double gap = record.verdict.gap->mean, microseconds = 1e6 * record.timing.median();
    const int before = microseconds > 0 ? int(std::floor(std::log10(microseconds))) : 0;
    return (gap == 0 ? "0" : formatFixed(100 * gap, 4)) + " %, " + formatFixed(microseconds, std::clamp(2 - before, 0, 4)) +
        " µs";
}

Table tableOf(const BenchResult &result, const Curve &curve)
{
    const CurveGrid &grid = *result.setup.curves;
    Table table{"keep " + curve.pattern.text() + ", " + curve.data + ": " + curve.method + " on " + curve.backend +
                    (curve.paperRounding ? ", the paper's rounding" : ""),
                {"τ"},
                {}};
    for (const int iterations : grid.iterations)
        table.head.push_back("T " + std::to_string(iterations));
    for (const double tau : grid.taus) {
        std::vector<std::string> &cells = table.rows.emplace_back(1, formatNumber(tau));
        for (const int iterations : grid.iterations) {
            const CurvePoint point{tau, iterations, curve.paperRounding};
            const auto found = std::find_if(result.records.begin(), result.records.end(), [&](const Record &record) {
                return record.curvePoint == point && curveOf(record) == curve;
            });
            cells.push_back(found == result.records.end() ? "–" : cellOf(*found));
        }
    }
    return table;
}

} // namespace

std::vector<Table> curveTablesOf(const BenchResult &result)
{
    std::vector<Table> tables;
    for (const NmPattern pattern : result.setup.patterns)
        for (const std::string &data : result.setup.data) {
            Table others{"keep " + pattern.text() + ", " + data, {"method", "on", "gap, time"}, {}};
            std::vector<Curve> curves;
            for (const Record &record : result.records) {
                if (record.pattern != pattern || record.data != data)
                    continue;
                if (!record.curvePoint)
                    others.rows.push_back({record.method, record.backend, cellOf(record)});
                else if (const Curve curve = curveOf(record); std::find(curves.begin(), curves.end(), curve) == curves.end())
                    curves.push_back(curve);
            }
            for (const Curve &curve : curves)
                tables.push_back(tableOf(result, curve));
            if (!others.rows.empty())
                tables.push_back(std::move(others));
        }
    return tables;
}

} // namespace nms::bench
