// SPDX-License-Identifier: Apache-2.0
// How numbers read, in the window, in its panels and on the command line. UTF-8, in every locale alike; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

std::string formatShape(const std::vector<std::int64_t> &shape); // "384×1536", "scalar"

/// In groups of three: "12 400".
std::string formatCount(std::int64_t count, std::string_view gap = " ");

std::string formatBytes(double bytes); // "12 B", "1.5 KiB", "512 MiB"
std::string formatSeconds(double seconds); // "12 µs", "84 ms", "3.40 s", "2 min 05 s", "1 h 20 min"

std::string formatFixed(double value, int decimals);
std::string formatNumber(double value, int digits = 6); // significant ones, without zeros at the end: "98.214", "1e-05"

/// Four significant digits, zeros included, as a read-out that must not jump: "0.0412", "98.21", "-3.500", "1.20e-05".
std::string formatReading(double value);

/// Two significant digits: "22 %", "0.41 %", "1.0 %", "< 0.0001 %", "0 %"; "–" for what is not finite.
std::string formatPercent(double fraction);
/// For a column of a table: "0.0631 %"; "0" for exactly nothing.
std::string formatPercent(double fraction, int decimals);

/// The number that `text` begins with, without zeros at the end of the digits behind the point: "5.0 %" → "5 %".
std::string withoutEndZeros(std::string text);

} // namespace nms
