// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>

namespace nms {

class Workspace;

/// Remembers in the settings how fast runs go. Somebody new is shown what a run is: the first one opens the plan and goes at
/// a pace that an eye can follow.
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
