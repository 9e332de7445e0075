// SPDX-License-Identifier: Apache-2.0
#include "ui/models/settings_history.h"

#include <QUndoStack>

#include <utility>

namespace nms {

namespace {

struct Difference {
    QString name;
    QString before;
    QString after;
    bool isNumber = false;
};

QString text(double value)
{
    return QString::number(value, 'g', 8);
}

QString text(std::string_view value)
{
    return QString::fromUtf8(value.data(), qsizetype(value.size()));
}

QString text(const std::optional<Method> &method)
{
    return method ? text(traitsOf(*method).title) : SettingsHistory::tr("nothing");
}

QList<Difference> differences(const RunSettings &a, const RunSettings &b)
{
    QList<Difference> all;
    const auto add = [&all](bool differs, const QString &name, const QString &before, const QString &after,
                            bool isNumber = false) {
        if (differs)
            all << Difference{name, before, after, isNumber};
    };
    const SolveOptions &x = a.options, &y = b.options;
    add(x.pattern != y.pattern, SettingsHistory::tr("pattern"), text(x.pattern.text()), text(y.pattern.text()), true);
    add(x.method != y.method, SettingsHistory::tr("method"), text(std::optional(x.method)), text(std::optional(y.method)));
    add(a.score != b.score, SettingsHistory::tr("score"), text(a.score.title()), text(b.score.title()));
    add(x.tau != y.tau, QStringLiteral("τ"), text(x.tau), text(y.tau), true);
    add(x.iterations != y.iterations, SettingsHistory::tr("iterations"), text(x.iterations), text(y.iterations), true);
    add(x.tolerance != y.tolerance, SettingsHistory::tr("tolerance"), text(x.tolerance * 100) + QStringLiteral(" %"),
        text(y.tolerance * 100) + QStringLiteral(" %"), true);
    // A method that cannot start from the other's result resets this; the user has not changed it.
    add(x.warmStart != y.warmStart && x.method == y.method, SettingsHistory::tr("start"), text(x.warmStart),
        text(y.warmStart));
    add(a.backend != b.backend, SettingsHistory::tr("backend"), a.backend, b.backend);
    return all;
}

} // namespace

QString changeText(const RunSettings &before, const RunSettings &after)
{
    const QList<Difference> changed = differences(before, after);
    if (changed.size() != 1)
        return SettingsHistory::tr("%1 settings").arg(changed.size());
    return QStringLiteral("%1 %2 → %3").arg(changed.front().name, changed.front().before, changed.front().after);
}

class SettingsHistory::Command : public QUndoCommand
{
public:
    Command(SettingsHistory &history, RunSettings before, RunSettings after, bool continues)
        : m_history(history), m_before(std::move(before)), m_after(std::move(after)), m_continues(continues)
    {
        setText(changeText(m_before, m_after));
    }
    int id() const override { return 1; } // commands with one id may be merged
    bool mergeWith(const QUndoCommand *other) override
    {
        const auto &next = *static_cast<const Command *>(other);
        const QList<Difference> own = differences(m_before, m_after), following = differences(next.m_before, next.m_after);
        if (!next.m_continues || own.size() != 1 || following.size() != 1 || own.front().name != following.front().name ||
            !own.front().isNumber)
            return false;
        m_after = next.m_after;
        setText(changeText(m_before, m_after));
        setObsolete(m_after == m_before);
        return true;
    }
    void undo() override { m_history.apply(m_before); }
    void redo() override
    {
        if (std::exchange(m_isDone, true)) // the stack calls it at first, when the change has been made already
            m_history.apply(m_after);
    }

private:
    SettingsHistory &m_history;
    const RunSettings m_before;
    RunSettings m_after;
    bool m_isDone = false;
    const bool m_continues; // made soon after the change before
};

SettingsHistory::SettingsHistory(const RunSettings &initial, std::function<RunSettings()> current,
                                 std::function<void(const RunSettings &)> set, QUndoStack &undo, QObject *parent)
    : QObject(parent), m_current(std::move(current)), m_set(std::move(set)), m_undo(undo), m_last(initial)
{ }

void SettingsHistory::observe()
{
    RunSettings now = m_current();
    if (m_isApplying || now == m_last)
        return;
    const bool continues = m_sinceChange.isValid() && !m_sinceChange.hasExpired(m_mergeTime.count());
    m_sinceChange.start();
    if (std::exchange(m_isSeparate, false))
        m_sinceChange.invalidate();
    const RunSettings before = std::exchange(m_last, now);
    m_undo.push(new Command(*this, before, std::move(now), continues));
}

void SettingsHistory::separate()
{
    m_sinceChange.invalidate();
    m_isSeparate = true;
}

void SettingsHistory::apply(const RunSettings &settings)
{
    m_isApplying = true;
    m_set(settings);
    m_isApplying = m_isSeparate = false;
    m_sinceChange.invalidate();
    m_last = m_current();
}

} // namespace nms
