// SPDX-License-Identifier: Apache-2.0
#include "app/cli/bench_sizes.h"

#include "app/backends/backends.h"
#include "app/cli/output.h"
#include "app/cli/progress_bar.h"
#include "core/bench/size_report.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace nms::cli {

namespace {

Status takeSides(const std::vector<std::string> &texts, bench::SizeSetup &setup)
{
    constexpr std::int64_t largest = 65536;
    if (texts == std::vector<std::string>{"all"})
        return {};
    setup.sides.clear();
    for (const std::string &text : texts) {
        std::int64_t side = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), side);
        if (error != std::errc() || end != text.data() + text.size() || side < 1 || side > largest)
            return fail(ErrorKind::Usage, "--sizes", "\"" + text + "\"",
                        "give numbers from 1 to 65536, comma-separated, or all");
        setup.sides.push_back(side);
    }
    std::sort(setup.sides.begin(), setup.sides.end());
    setup.sides.erase(std::unique(setup.sides.begin(), setup.sides.end()), setup.sides.end());
    return {};
}

} // namespace

Result<ExitCode> benchSizes(bench::SizeSetup setup, const std::vector<std::string> &sides, bool json,
                            const std::stop_token &stop)
{
    if (const Status taken = takeSides(sides, setup); !taken)
        return fail(taken.error());
    bench::SizeResources means;
    for (BackendEntry &entry : availableBackends())
        means.backends.push_back(std::move(entry.backend));
    means.copySeconds = copySecondsTo;
    ProgressBar bar;
    means.onStep = [&](const std::string &step, double share) {
        bar.setLabel(step);
        bar.setShare(share);
    };
    const auto result = bench::runSizes(setup, means, stop);
    if (!result)
        return fail(result.error());
    const bench::Table table = bench::sizeTableOf(*result);
    TextTable cells(table.head);
    for (const std::vector<std::string> &row : table.rows)
        cells.addRow(row);
    const Status printed = json ? printJson(bench::sizesToJson(*result))
                                : printText(table.title + "\n" + cells.text() + "\n" + bench::sizeLegendOf(*result));
    if (!printed)
        return fail(printed.error());
    for (const bench::SizeCurve &curve : result->curves)
        for (const bench::SizePoint &point : curve.points)
            if (!point.done() && !point.leftOut)
                return ExitCode::Failed;
    return ExitCode::Done;
}

} // namespace nms::cli
