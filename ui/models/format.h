// SPDX-License-Identifier: Apache-2.0
// core/base/number_text.h as Qt's strings, with the gaps that a window can show.
#pragma once

#include "core/base/number_text.h"

#include <QString>

namespace nms::format {

inline QString percent(double fraction)
{
    return QString::fromStdString(formatPercent(fraction));
}
/// Of a share that is told to four digits, as differences between runs are small.
inline QString share(double fraction, int digits = 4)
{
    return QString::fromStdString(formatShare(fraction, digits));
}
inline QString count(std::int64_t number)
{
    return QString::fromStdString(formatCount(number, "\u202f")); // narrow no-break space
}
inline QString bytes(std::int64_t number)
{
    return QString::fromStdString(formatBytes(double(number)));
}
inline QString seconds(double value)
{
    return QString::fromStdString(formatSeconds(value));
}
inline QString real(double value)
{
    return QString::fromStdString(formatNumber(value, 5));
}
inline QString shape(const std::vector<std::int64_t> &shape)
{
    return QString::fromStdString(formatShape(shape));
}

} // namespace nms::format
