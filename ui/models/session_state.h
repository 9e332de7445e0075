// SPDX-License-Identifier: Apache-2.0
// Between the workspace and a session file.
#pragma once

#include "ui/models/session_file.h"

#include <QObject>

#include <optional>

namespace nms {

class Workspace;

/// What the workspace holds, a run in progress as far as it has got; without the camera.
SavedSession currentSession(Workspace &workspace);

/// Puts a session into the workspace, beside what is there: files and runs are added, settings and what is shown are
/// replaced. GUI thread.
class SessionRestorer : public QObject
{
    Q_OBJECT
public:
    explicit SessionRestorer(Workspace &workspace, QObject *parent = nullptr);

    /// Returns at once. A file that cannot be opened is reported by the workspace, and the rest is opened nevertheless.
    void restore(SavedSession session);

signals:
    void tensorShown(const nms::SavedSession &session); // its tensor is open: the viewport can go where it was

private:
    void continueWithTensor();

    Workspace &m_workspace;
    std::optional<SavedSession> m_pending; // its tensor is being read
};

} // namespace nms
