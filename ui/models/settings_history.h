// SPDX-License-Identifier: Apache-2.0
// Undo and redo of the settings of runs.
#pragma once

#include "ui/models/run_settings.h"

#include <QElapsedTimer>
#include <QObject>

#include <chrono>
#include <functional>

class QUndoStack;

namespace nms {

/// Puts every change of the settings onto a stack, whoever makes it. Changes of the same number that follow
/// each other within `mergeTime` (a spin box that is turned) are one step. GUI thread.
class SettingsHistory : public QObject
{
    Q_OBJECT
public:
    /// `set` makes the given settings the current ones.
    SettingsHistory(const RunSettings &initial, std::function<RunSettings()> current,
                    std::function<void(const RunSettings &)> set, QUndoStack &undo, QObject *parent = nullptr);

    void observe(); // the current settings may have changed

    void setMergeTime(std::chrono::milliseconds time) { m_mergeTime = time; }
    void separate(); // the change before and the next one are two steps

private:
    class Command;
    void apply(const RunSettings &settings);

    const std::function<RunSettings()> m_current;
    const std::function<void(const RunSettings &)> m_set;
    QUndoStack &m_undo;
    RunSettings m_last;
    bool m_isApplying = false;
    bool m_isSeparate = false; // the next change is not merged with the one after it
    std::chrono::milliseconds m_mergeTime{1000};
    QElapsedTimer m_sinceChange; // invalid: the next change is a step of its own
};

/// "τ 100 → 20"; "3 settings" where several differ.
QString changeText(const RunSettings &before, const RunSettings &after);

} // namespace nms
