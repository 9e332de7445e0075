// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>

namespace nms {

class Workspace;

/// Stores the speed of runs in the settings. For a new user the first run opens the Plan view and is slow enough to be
/// followed by eye.
class RunPace : public QObject
{
    Q_OBJECT
public:
    explicit RunPace(Workspace &workspace, QObject *parent = nullptr);

private:
    void showFirstRun();

    Workspace &m_workspace;
    bool m_isNew = false;
};

} // namespace nms
