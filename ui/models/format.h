// SPDX-License-Identifier: Apache-2.0
// The functions of core/base/number_text.h with QString results and typographic digit separators.
#pragma once

#include "core/base/number_text.h"

#include <QString>

namespace nms::format {

inline QString percent(double fraction)
{
    return QString::fromStdString(formatPercent(fraction));
}
/// A share as a percentage, by default with four digits, because differences between runs are small.
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
/// With its sign, for a change: "+0.0412", "−0.0031".
inline QString gain(double value)
{
    const QString size = QString::fromStdString(formatNumber(value < 0 ? -value : value, 3));
    return value == 0 ? size : (value < 0 ? QStringLiteral("−") : QStringLiteral("+")) + size;
}
inline QString shape(const std::vector<std::int64_t> &shape)
{
    return QString::fromStdString(formatShape(shape));
}

} // namespace nms::format
