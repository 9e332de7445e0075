// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/viewport/viewport_controller.h"

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

    /// The cells that are seen, as large as they fit into `size` pixels; its heat map is null where there is nothing to see.
    ViewPicture picture(QSize size) const;
    QString pictureName() const; // "plan"

    /// Values of the region drawn, or of the selected tile, as a table for a spreadsheet; or why there are none.
    struct CopiedValues {
        QString text;
        QString refusal; // empty where there is a text
        std::int64_t count = 0;
    };
    CopiedValues copiedValues() const;

    LegendRange legendRange() const;
    void setLegendRange(const std::optional<ValueScale> &scale);

public slots:
    void fitAll();
    void zoomBy(double factor); // about the middle
    void goToTile(std::int64_t tile);

signals:
    void rangeEditWanted(); // the legend's limits are to be typed
    void copyWanted(); // the values of the region

protected:
    void changeEvent(QEvent *event) override; // colours follow the palette

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace nms
