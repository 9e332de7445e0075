// SPDX-License-Identifier: Apache-2.0
// The viewport without Vulkan: the same scene and the same panels, painted on the CPU.
#pragma once

#include "ui/viewport/viewport_stage.h"

#include <QImage>
#include <QWidget>

namespace nms {

/// Scene and overlay in one image of width × height device pixels.
QImage paintStage(ViewportStage &stage, int width, int height);

class PaintedViewport : public QWidget
{
    Q_OBJECT
public:
    /// `reason` is shown across the top until the user closes it; empty: no message.
    PaintedViewport(Workspace &workspace, const QString &reason, QWidget *parent = nullptr);

    ViewportStage &stage() { return m_stage; }
    QImage grabImage();

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    ViewportStage m_stage;
};

} // namespace nms
