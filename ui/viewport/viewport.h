// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QImage>
#include <QWidget>

#include <memory>

namespace nms {

class Workspace;

/// The large view in the middle of the window: a Vulkan window with Dear ImGui inside where a driver is found, otherwise
/// the QImage-painted fallback. GUI thread.
class Viewport : public QWidget
{
    Q_OBJECT
public:
    /// `forcePainted` skips Vulkan (also by the environment variable NMS_NO_VULKAN=1).
    explicit Viewport(Workspace &workspace, bool forcePainted = false, QWidget *parent = nullptr);
    ~Viewport() override;

    /// Why the fallback is in use, and what to install; empty with Vulkan.
    QString fallbackReason() const;
    /// "llvmpipe (LLVM 15.0.6, 512 bits)", or "painted".
    QString deviceName() const;

    /// What it shows now, overlay included, in device pixels.
    QImage grabImage();

public slots:
    void fitAll();
    void zoomBy(double factor); // about the middle
    void goToTile(std::int64_t tile);

protected:
    void changeEvent(QEvent *event) override; // colours follow the palette

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace nms
