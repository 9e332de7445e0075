// SPDX-License-Identifier: Apache-2.0
#include "ui/models/format.h"

#include <QStringList>

#include <algorithm>
#include <cmath>

namespace nms::format {

QString percent(double fraction)
{
    const double value = 100 * fraction;
    if (!std::isfinite(value))
        return QStringLiteral("–");
    const double size = std::abs(value);
    if (size < 1e-7)
        return QStringLiteral("0 %");
    // Two significant digits; what is smaller than a ten-thousandth of a percent says so.
    if (size < 1e-4)
        return QStringLiteral("< 0.0001 %");
    const double rounded = size * 1.005; // 9.996 reads "10", with the digits of a 10
    const int decimals = std::clamp(1 - int(std::floor(std::log10(rounded))), 0, 4);
    return QString::number(value, 'f', decimals) + QStringLiteral(" %");
}

QString count(std::int64_t number)
{
    QString digits = QString::number(number);
    const int first = number < 0 ? 1 : 0;
    for (qsizetype i = digits.size() - 3; i > first; i -= 3)
        digits.insert(i, QChar(0x202f)); // narrow no-break space
    return digits;
}

QString bytes(std::int64_t number)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = double(number);
    int unit = 0;
    while (value >= 1024 && unit < 4) {
        value /= 1024;
        ++unit;
    }
    return QString::number(value, 'f', unit > 0 && value < 10 ? 1 : 0) + QLatin1Char(' ') + QLatin1String(units[unit]);
}

QString seconds(double value)
{
    if (value < 1e-3)
        return QString::number(value * 1e6, 'f', 0) + QStringLiteral(" µs");
    if (value < 1)
        return QString::number(value * 1e3, 'f', value < 0.01 ? 1 : 0) + QStringLiteral(" ms");
    return QString::number(value, 'f', value < 10 ? 2 : 1) + QStringLiteral(" s");
}

QString real(double value)
{
    return QString::number(value, 'g', 5);
}

QString shape(const std::vector<std::int64_t> &shape)
{
    QStringList sides;
    for (const std::int64_t side : shape)
        sides << QString::number(side);
    return sides.isEmpty() ? QStringLiteral("scalar") : sides.join(QChar(0x00d7));
}

} // namespace nms::format
