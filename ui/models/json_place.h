// SPDX-License-Identifier: Apache-2.0
// Reads JSON that somebody else may have written: every value is checked, and the first fault is reported with its place.
#pragma once

#include <QJsonValue>
#include <QString>

#include <optional>
#include <vector>

namespace nms {

/// A value in a JSON document and its name there ("runs[3].options.tau"). After a fault all values are the defaults, so a
/// reader checks for faults once, at the end.
class JsonPlace
{
public:
    /// `fault` outlives all places made from this one, and gets the first fault: "runs[3].options.tau: is not a number".
    JsonPlace(const QJsonValue &value, const QString &name, std::optional<QString> &fault);

    bool isThere() const { return !m_value.isUndefined() && !m_value.isNull(); }
    JsonPlace operator[](const char *key) const; // of an object; missing keys are values that are not there
    std::vector<JsonPlace> items(int most) const; // of an array; none if it is not there

    // What is not there is `otherwise`.
    double number(double otherwise, double least, double most) const;
    qint64 integer(qint64 otherwise, qint64 least, qint64 most) const;
    bool boolean(bool otherwise) const;
    QString text(const QString &otherwise = {}) const;

    void fail(const QString &what) const;

private:
    static constexpr qsizetype longestText = 65536;

    QJsonValue m_value;
    QString m_name;
    std::optional<QString> *m_fault;
};

} // namespace nms
