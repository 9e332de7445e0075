// SPDX-License-Identifier: Apache-2.0
// How numbers read everywhere in the window.
#pragma once

#include <QString>

#include <cstdint>
#include <vector>

namespace nms::format {

QString percent(double fraction); // "22 %", "0.41 %", "0.0005 %", "0 %"
QString count(std::int64_t number); // "12 400": thin groups of three
QString bytes(std::int64_t number); // "41 MiB"
QString seconds(double value); // "12 ms", "3.4 s"
QString real(double value); // five significant digits: "98.214", "0.0512"
QString shape(const std::vector<std::int64_t> &shape); // "384×1536"

} // namespace nms::format
