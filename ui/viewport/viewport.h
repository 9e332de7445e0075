// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/viewport/viewport_controller.h"

#include <QImage>
#include <QWidget>

#include <memory>

namespace nms {

class Workspace;

/// The large view in the middle of the window: a Vulkan window with Dear ImGui if a driver is found, otherwise the fallback
/// painted into a QImage. GUI thread.
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

    /// The current image, including the overlay, in device pixels.
    QImage grabImage();
    bool isComplete() const; // false while finer entries than those shown are being copied

    /// The visible cells, as large as fits into `size` pixels; the heat map is null if there is nothing to see.
    ViewPicture picture(QSize size) const;
    QString pictureName() const; // "plan"

    /// Values of the region drawn, or of the selected tile, as a table for a spreadsheet; or the reason why there are none.
    struct CopiedValues {
        QString text;
        QString refusal; // reason; empty if there is a text
        std::int64_t count = 0;
    };
    CopiedValues copiedValues() const;

    LegendRange legendRange() const;
    void setLegendRange(const std::optional<ValueScale> &scale);

    std::optional<CameraPlace> cameraPlace() const; // empty while the whole matrix is fitted into the viewport
    void setCameraPlace(const CameraPlace &place);
    void setTextScale(double scale); // of the panels in the viewport, relative to the usual size
    void setFlying(bool flies); // whether the camera flies to its goals, instead of being there at once

public slots:
    void fitAll();
    void zoomBy(double factor); // about the centre
    void goToTile(std::int64_t tile);

signals:
    void breakpointEditWanted(); // the user wants to type the conditions of the breakpoint
    void rangeEditWanted(); // the user wants to type the limits of the legend
    void copyWanted(); // the user wants to copy the values of the region

protected:
    void changeEvent(QEvent *event) override; // colours follow the palette

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace nms
