// SPDX-License-Identifier: Apache-2.0
// Numbers as text, for the window, its panels and the command line. UTF-8, the same in every locale; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

std::string formatShape(const std::vector<std::int64_t> &shape); // "384×1536", "scalar"

/// In groups of three digits: "12 400".
std::string formatCount(std::int64_t count, std::string_view gap = " ");

std::string formatBytes(double bytes); // "12 B", "1.5 KiB", "512 MiB"
std::string formatSeconds(double seconds); // "12 µs", "84 ms", "3.40 s", "2 min 05 s", "1 h 20 min"

std::string formatFixed(double value, int decimals);
std::string formatNumber(double value, int digits = 6); // significant digits, no trailing zeros: "98.214", "1e-05"

/// Four significant digits, trailing zeros kept so that a live read-out does not jump: "0.0412", "98.21", "-3.500",
/// "1.20e-05".
std::string formatReading(double value);

/// Two significant digits: "22 %", "0.41 %", "1.0 %", "< 0.0001 %", "0 %"; "–" for NaN and Inf.
std::string formatPercent(double fraction);
/// To more digits, with no more than four behind the point: "76.77 %"; the rest as formatPercent().
std::string formatShare(double fraction, int digits = 4);
/// Fixed decimals, for a column of a table: "0.0631 %"; "0" for exactly zero.
std::string formatPercent(double fraction, int decimals);

/// `text` without the trailing zeros of the decimal fraction of the number that it begins with: "5.0 %" → "5 %".
std::string withoutEndZeros(std::string text);

} // namespace nms
