// SPDX-License-Identifier: Apache-2.0
// The viewport's Vulkan window: heat map and overlay in one render pass.
#pragma once

#include <vulkan/vulkan.h> // before Qt's own headers

#include "gpu/vulkan/device.h"
#include "ui/viewport/viewport_stage.h"

#include <QByteArrayList>
#include <QImage>
#include <QVulkanWindow>

namespace nms {

/// The names in the form that Qt expects.
QByteArrayList extensionNames(const std::vector<const char *> &names);

class VulkanFrame;

/// Draws only when something has changed. GUI thread.
class VulkanViewport : public QVulkanWindow
{
    Q_OBJECT
public:
    VulkanViewport(Workspace &workspace, QVulkanInstance &instance, double devicePixelRatio);
    ~VulkanViewport() override;

    ViewportStage &stage() { return m_stage; }
    QString deviceName() const;
    QImage grabImage();

    QVulkanWindowRenderer *createRenderer() override;

    /// Called by the renderer when it cannot continue; emits failed(), once only.
    void fail(const QString &reason);

signals:
    void failed(const QString &reason);

protected:
    bool event(QEvent *event) override;
    void exposeEvent(QExposeEvent *event) override;

private:
    ViewportStage m_stage;
    VulkanFrame *m_frame = nullptr; // owned by the base class
    bool m_failed = false;
};

} // namespace nms
