// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/breakpoint.h"

#include <QDialog>

#include <array>

class QCheckBox;
class QDoubleSpinBox;
class QSpinBox;

namespace nms {

class Workspace;

/// The conditions at which a run pauses, with the user's own values. Every change applies at once. GUI thread.
class BreakpointDialog : public QDialog
{
    Q_OBJECT
public:
    explicit BreakpointDialog(Workspace &workspace, QWidget *parent = nullptr);

private:
    enum Limit { Residual, PlanGap, MaskGap, LimitCount };
    struct Row {
        QCheckBox *isOn = nullptr;
        QDoubleSpinBox *percent = nullptr;
    };

    void showConditions(const Breakpoint &breakpoint);
    void apply();

    Workspace &m_workspace;
    std::array<Row, LimitCount> m_limits;
    QCheckBox *m_stopsAt;
    QSpinBox *m_iteration;
    QCheckBox *m_notFinite;
    QCheckBox *m_ofTile;
    std::optional<std::int64_t> m_tile; // that the limits are about, if they are
};

} // namespace nms
