// SPDX-License-Identifier: Apache-2.0
#include "ui/models/json_place.h"

#include <QJsonArray>
#include <QJsonObject>

#include <cmath>

namespace nms {

JsonPlace::JsonPlace(const QJsonValue &value, const QString &name, std::optional<QString> &fault)
    : m_value(value), m_name(name), m_fault(&fault)
{ }

void JsonPlace::fail(const QString &what) const
{
    if (!*m_fault)
        *m_fault = m_name.isEmpty() ? what : m_name + QStringLiteral(": ") + what;
}

JsonPlace JsonPlace::operator[](const char *key) const
{
    if (isThere() && !m_value.isObject())
        fail(QStringLiteral("is not an object"));
    const QString name = QString::fromLatin1(key);
    return {m_value.toObject().value(name), m_name.isEmpty() ? name : m_name + QLatin1Char('.') + name, *m_fault};
}

std::vector<JsonPlace> JsonPlace::items(int most) const
{
    if (!isThere())
        return {};
    const QJsonArray array = m_value.toArray();
    if (!m_value.isArray())
        fail(QStringLiteral("is not a list"));
    else if (array.size() > most)
        fail(QStringLiteral("has %1 entries, more than %2").arg(array.size()).arg(most));
    if (*m_fault)
        return {};
    std::vector<JsonPlace> places;
    for (qsizetype i = 0; i < array.size(); ++i)
        places.push_back({array[i], QStringLiteral("%1[%2]").arg(m_name).arg(i), *m_fault});
    return places;
}

double JsonPlace::number(double otherwise, double least, double most) const
{
    if (!isThere())
        return otherwise;
    const double value = m_value.toDouble(std::nan(""));
    if (m_value.isDouble() && value >= least && value <= most)
        return value;
    fail(m_value.isDouble() ? QStringLiteral("is not in [%1, %2]").arg(least).arg(most) : QStringLiteral("is not a number"));
    return otherwise;
}

qint64 JsonPlace::integer(qint64 otherwise, qint64 least, qint64 most) const
{
    constexpr double exact = 9007199254740992.0; // 2⁵³
    const double value = number(double(otherwise), std::max(double(least), -exact), std::min(double(most), exact));
    if (value == std::floor(value))
        return qint64(value);
    fail(QStringLiteral("is not an integer"));
    return otherwise;
}

bool JsonPlace::boolean(bool otherwise) const
{
    if (isThere() && !m_value.isBool())
        fail(QStringLiteral("is neither true nor false"));
    return m_value.toBool(otherwise);
}

QString JsonPlace::text(const QString &otherwise) const
{
    if (!isThere())
        return otherwise;
    const QString value = m_value.toString();
    if (m_value.isString() && value.size() <= longestText)
        return value;
    fail(m_value.isString() ? QStringLiteral("is longer than %1 characters").arg(longestText)
                            : QStringLiteral("is not a text"));
    return otherwise;
}

} // namespace nms
