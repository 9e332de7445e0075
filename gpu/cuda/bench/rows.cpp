// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/bench/rows.h"

#include "core/bench/machine.h"

#include <cstdio>
#include <string>

namespace nms::warp::bench {
namespace {

const char *nameOf(WeightType type)
{
    switch (type) {
    case WeightType::F16:
        return "fp16";
    case WeightType::BF16:
        return "bf16";
    default:
        return "fp32";
    }
}

const char *text(bool value)
{
    return value ? "true" : "false";
}

} // namespace

void Report::begin(const Machine &machine, std::int64_t side) const
{
    std::printf(
        m_json ? R"({"device": "%s", "software": "%s", "date": "%s", "side": %lld})"
                 "\n"
               : "%s, %s, %s, %lld²\n"
                 "pattern method      weights   µs a matrix    Mtiles/s      GB/s  gap %%    PyTorch µs  times faster\n",
        machine.name.c_str(), machine.software.c_str(), nms::bench::thisMachine().date.substr(0, 10).c_str(),
        static_cast<long long>(side));
    std::fflush(stdout);
}

void Report::write(const SolveRow &row) const
{
    const std::string pattern = row.pattern.text();
    const std::string method(nms::nameOf(row.method));
    const double microseconds = row.seconds * 1e6;
    const double tiles = double(row.tiles) / row.seconds;
    const double bytes = double(row.bytes) / row.seconds;
    if (m_json) {
        std::printf(R"({"pattern": "%s", "method": "%s", "weights": "%s", "microseconds": %.3f, "tiles_per_second": %.0f, )"
                    R"("bytes_per_second": %.0f, "gap_percent": %.6f, "right": %s)",
                    pattern.c_str(), method.c_str(), nameOf(row.type), microseconds, tiles, bytes, row.gapPercent,
                    text(row.right));
        if (row.torchSeconds)
            std::printf(R"(, "torch_microseconds": %.1f, "times_faster": %.1f)", *row.torchSeconds * 1e6,
                        *row.torchSeconds / row.seconds);
        std::printf("}\n");
    } else {
        std::printf("%-7s %-11s %-7s %13.1f %11.2f %9.1f  %.4f", pattern.c_str(), method.c_str(), nameOf(row.type),
                    microseconds, tiles * 1e-6, bytes * 1e-9, row.gapPercent);
        if (row.torchSeconds)
            std::printf(" %12.0f %13.1f", *row.torchSeconds * 1e6, *row.torchSeconds / row.seconds);
        std::printf(row.right ? "\n" : "  WRONG\n");
    }
    std::fflush(stdout);
}

void Report::write(const TransferRow &row) const
{
    const double link = double(row.bytes) / row.linkSeconds;
    const double whole = double(row.bytes) / row.seconds;
    std::printf(m_json
                    ? R"({"transfer": "%s", "bytes": %lld, "link_bytes_per_second": %.0f, "bytes_per_second": %.0f, )"
                      R"("share_of_link": %.4f, "right": %s})"
                      "\n"
                    : "%s memory of the host, %lld bytes of fp16, exact 8:16: link %.4g bytes/s, from weights to masks %.4g "
                      "bytes/s, %.3f of the link, right: %s\n",
                row.memory, static_cast<long long>(row.bytes), link, whole, whole / link, text(row.right));
    std::fflush(stdout);
}

void Report::write(const ManyRow &row) const
{
    std::printf(m_json
                    ? R"({"matrices": %d, "side": %lld, "separate_seconds": %.6f, "seconds": %.6f, "times_faster": %.2f, )"
                      R"("right": %s})"
                      "\n"
                    : "%d matrices of %lld² fp16, exact 8:16: a call for each %.4g s, one call for all %.4g s, %.2f times "
                      "faster, right: %s\n",
                row.count, static_cast<long long>(row.side), row.separateSeconds, row.seconds,
                row.separateSeconds / row.seconds, text(row.right));
    std::fflush(stdout);
}

void Report::write(const PruneRow &row) const
{
    std::printf(m_json
                    ? R"({"prune": "%s", "rows": %lld, "cols": %lld, "gram_seconds": %.6f, "seconds": %.6f, )"
                      R"("tile_seconds": %.6f, "steps": %d, "error": %.6f, "right": %s})"
                      "\n"
                    : "prune by %s, %lld x %lld at 8:16: gram %.4g s, pruning %.4g s, of them tiles %.4g s, %d steps, error "
                      "%.6f, right: %s\n",
                row.framework, static_cast<long long>(row.rows), static_cast<long long>(row.cols), row.gramSeconds,
                row.seconds, row.tileSeconds, row.steps, row.error, text(row.right));
    std::fflush(stdout);
}

} // namespace nms::warp::bench
