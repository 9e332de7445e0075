// SPDX-License-Identifier: Apache-2.0
#include "core/bench/suite_tables.h"

#include "core/base/number_text.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace nms::bench {

namespace {

constexpr const char *nothing = "–";

/// Three significant digits, never an exponent: "0.0123", "38.4", "1430".
std::string shortNumber(double value)
{
    const int before = value > 0 ? int(std::floor(std::log10(value))) : 0; // digits before the decimal point, minus one
    return formatFixed(value, std::clamp(2 - before, 0, 6));
}

/// "0.0631", for columns whose head says %; "0" for exactly zero.
std::string percent(double fraction)
{
    return fraction == 0 ? "0" : formatFixed(100 * fraction, 4);
}

std::string percent(const std::optional<Gap> &gap, double Gap::*which)
{
    return gap ? percent((*gap).*which) : nothing;
}

std::string orNothing(const std::optional<double> &value)
{
    return value ? shortNumber(*value) : nothing;
}

/// "dykstra", and "dykstra, 2 threads" where not all have the same number.
std::string nameOf(const BenchResult &result, const Record &record)
{
    const bool one = result.setup.threads.size() == 1 || record.threads == 0;
    return one ? record.method
               : record.method + ", " + std::to_string(record.threads) + (record.threads == 1 ? " thread" : " threads");
}

struct Column {
    const char *head;
    std::function<std::string(const Record &)> cell;
};

std::vector<Column> columnsOf(const BenchResult &result)
{
    const auto faster = [&](const char *peer) {
        return [&result, peer](const Record &record) {
            return orNothing(result.timesFaster(record, peer));
        };
    };
    const auto seconds = [](double (Timing::*which)() const) {
        return [which](const Record &record) {
            return shortNumber(1e6 * (record.timing.*which)());
        };
    };
    return {
        {"method",
         [&](const Record &record) {
             return nameOf(result, record);
         }},
        {"on",
         [](const Record &record) {
             return record.backend;
         }},
        {"timed",
         [](const Record &record) {
             return formatCount(record.timing.tiles);
         }},
        {"µs/tile", seconds(&Timing::median)},
        {"least", seconds(&Timing::least)},
        {"most", seconds(&Timing::most)},
        {"Mweights/s",
         [](const Record &record) {
             return shortNumber(record.weightsPerSecond() / 1e6);
         }},
        {"judged",
         [](const Record &record) {
             return formatCount(record.judged);
         }},
        {"gap %",
         [](const Record &record) {
             return percent(record.verdict.gap, &Gap::mean);
         }},
        {"worst %",
         [](const Record &record) {
             return percent(record.verdict.gap, &Gap::worst);
         }},
        {"certificate %",
         [](const Record &record) {
             return percent(record.verdict.certified, &Gap::mean);
         }},
        {"residual %",
         [](const Record &record) {
             return record.verdict.worstResidual > 0 ? percent(record.verdict.worstResidual) : nothing;
         }},
        {"not conv.",
         [](const Record &record) {
             return record.verdict.notConverged > 0 ? formatCount(record.verdict.notConverged) : nothing;
         }},
        {"× LEMON", faster("lemon")},
        {"× naive", faster("reference")},
        {"× PyTorch", faster("torch")},
        {"× 1 thread",
         [&](const Record &record) {
             return record.threads > 1 ? orNothing(result.timesFaster(record, record.method, 1)) : nothing;
         }},
    };
}

/// Columns without any value are left out.
Table blockOf(const BenchResult &result, NmPattern pattern, const std::string &data)
{
    std::vector<const Record *> records;
    for (const Record &record : result.records)
        if (record.pattern == pattern && record.data == data && record.done())
            records.push_back(&record);
    std::vector<Column> columns = columnsOf(result);
    std::erase_if(columns, [&](const Column &column) {
        return std::all_of(records.begin(), records.end(),
                           [&](const Record *record) { return column.cell(*record) == nothing; });
    });
    Table table;
    table.title = "keep " + pattern.text() + ", " + data;
    for (const Column &column : columns)
        table.head.emplace_back(column.head);
    for (const Record *record : records) {
        std::vector<std::string> &cells = table.rows.emplace_back();
        for (const Column &column : columns)
            cells.push_back(column.cell(*record));
    }
    return table;
}

/// Contenders as rows, patterns as columns, `cell` of the records of one data set.
template <class Cell>
Table summaryOf(const BenchResult &result, const std::string &title, const std::string &data, const Cell &cell)
{
    using Names = std::pair<std::string, std::string>;
    const auto namesOf = [&](const Record &record) {
        return Names{nameOf(result, record), record.backend};
    };
    Table table{title + ", " + data, {"method", "on"}, {}};
    for (const NmPattern pattern : result.setup.patterns)
        table.head.push_back("keep " + pattern.text());
    std::vector<Names> contenders;
    for (const Record &record : result.records)
        if (std::find(contenders.begin(), contenders.end(), namesOf(record)) == contenders.end())
            contenders.push_back(namesOf(record));
    for (const Names &names : contenders) {
        std::vector<std::string> cells{names.first, names.second};
        for (const NmPattern pattern : result.setup.patterns) {
            const auto found = std::find_if(result.records.begin(), result.records.end(), [&](const Record &record) {
                return namesOf(record) == names && record.pattern == pattern && record.data == data && record.done();
            });
            cells.push_back(found == result.records.end() ? nothing : cell(*found));
        }
        table.rows.push_back(std::move(cells));
    }
    return table;
}

} // namespace

std::vector<Table> tablesOf(const BenchResult &result)
{
    std::vector<Table> tables;
    for (const NmPattern pattern : result.setup.patterns)
        for (const std::string &data : result.setup.data)
            if (std::any_of(result.records.begin(), result.records.end(),
                            [&](const Record &record) { return record.pattern == pattern && record.data == data; }))
                tables.push_back(blockOf(result, pattern, data));
    const std::string &data = result.records.front().data;
    tables.push_back(summaryOf(result, "µs per tile", data,
                               [](const Record &record) { return shortNumber(1e6 * record.timing.median()); }));
    tables.push_back(summaryOf(result, "mean gap to the proven optimum in %", data,
                               [](const Record &record) { return percent(record.verdict.gap, &Gap::mean); }));
    return tables;
}

std::string legendOf(const BenchResult &result)
{
    const BenchSetup &setup = result.setup;
    const std::string clock =
        setup.clock() == Clock::ThreadCpu ? "one thread in CPU time (devices: wall time)" : "wall time";
    return machineText(result.machine) + "\nMedians of " + std::to_string(setup.repetitions) + " rounds, " + clock + "; τ " +
        formatNumber(setup.options.tau) + ", " + std::to_string(setup.options.iterations) +
        " iterations.\nTimed on the first tiles of each set, judged on as many or more. A gap is to the proven optimum, a "
        "certificate what the\n"
        "method itself can prove. × is how many times faster than that peer; naive is the reference, the paper's method "
        "written "
        "plainly.\n";
}

} // namespace nms::bench
