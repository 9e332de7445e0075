// SPDX-License-Identifier: Apache-2.0
// The behaviour of a viewport, without windows and drawing; shared by both kinds of viewport.
#pragma once

#include "ui/models/background_task.h"
#include "ui/models/mask_comparison.h"
#include "ui/models/session_file.h"
#include "ui/models/transport.h"
#include "ui/overlay/overlay.h"
#include "ui/viewport/camera_motion.h"
#include "ui/viewport/overlay_views.h"
#include "ui/viewport/region_figures.h"
#include "ui/viewport/scene_builder.h"
#include "ui/viewport/scene_preview.h"

#include <QElapsedTimer>
#include <QImage>
#include <QObject>
#include <QTimer>

#include <optional>
#include <string>
#include <utility>

namespace nms {

/// The range of the colours, for the dialog in which it can be typed.
struct LegendRange {
    bool isThere = false; // false: the view has no range, and the rest is empty
    std::string title;
    ValueScale scale;
    bool isSymmetric = false;
    bool isPercent = false;
    std::vector<std::pair<double, float>> percentiles; // (share, value): this share of the values shown lies within
};

/// An image of what the viewport shows, without panels, selection and hover.
struct ViewPicture {
    QImage heatmap;
    overlay::LegendView legend;
    Camera camera; // of `heatmap`
    std::int64_t rows = 0; // of the matrix
    std::int64_t cols = 0;
    std::int64_t tileSize = 1;
};

/// Drawn over the first scene from a column of pixels on.
struct SecondScene {
    HeatmapScene scene;
    int firstColumn = 0;
};

enum class PointerButton { Left, Right, Middle };

/// Camera, hover, selection and the scene, from input in device pixels. GUI thread.
class ViewportController : public QObject
{
    Q_OBJECT
public:
    explicit ViewportController(Workspace &workspace, QObject *parent = nullptr);

    void resize(int width, int height, double devicePixelRatio);

    // Input on the matrix, not on a panel
    void pointerPressed(PixelPoint at, PointerButton button, bool drawsRegion = false); // otherwise pans or selects a tile
    void pointerMoved(PixelPoint at);
    void pointerReleased(PixelPoint at, PointerButton button);
    void doubleClicked(PixelPoint at);
    void pointerLeft(); // the pointer has left the matrix, for a panel or for another window
    void zoomAt(PixelPoint at, double factor);
    bool keyPressed(int key); // a Qt::Key; false: no key of the viewport

    void fitAll();
    void zoomBy(double factor); // about the centre, animated
    void goToTile(std::int64_t tile);

    std::optional<CameraPlace> cameraPlace() const; // empty while the whole matrix is shown
    void setCameraPlace(const CameraPlace &place);

    bool isDragging() const { return m_dragging || m_draggingBar || m_regionStart; }

    void setFlying(bool flies) { m_flies = flies; } // false: the camera is at its goals at once
    /// Updates flight and scene; true while a flight is in progress.
    bool advance();
    /// False while coarser entries are shown than the zoom asks for: finer ones are being copied.
    bool isComplete() const { return m_scenes.isComplete() && m_otherScenes.isComplete(); }
    HeatmapScene scene() const;
    std::optional<SecondScene> secondScene() const; // while two masks are shown beside each other
    overlay::OverlayView overlayView() const;
    void apply(const overlay::OverlayCommands &commands);

    /// The visible cells, as large as fits into width × height pixels; empty if there is nothing to see.
    ViewPicture picture(int width, int height) const;

    /// The region that would be copied: the region drawn, else the selected tile, else empty.
    std::optional<CellRegion> copiedRegion() const;
    /// Values of copiedRegion() in this view as a table; empty if there are none, or more than mostCopiedEntries.
    QString copiedText() const;

    void setTextScale(double scale) { m_textScale = scale; } // scale of the panels, in addition to the pixel ratio
    void setTheme(const ThemeColors &theme) { m_theme = theme; }
    void setFocusFrame(bool isShown) { m_focusFrame = isShown; }
    void setBanner(const std::string &text);

    /// The current range of the legend's colours.
    LegendRange legendRange() const;
    void setLegendRange(const std::optional<ValueScale> &scale); // empty: back to the default

signals:
    void frameWanted();
    void breakpointEditWanted(); // the user wants to type the conditions of the breakpoint
    void rangeEditWanted(); // the user has clicked on the limits of the legend
    void copyWanted(); // the user wants to copy the values of the region

private:
    bool compares() const; // two masks are compared in this view
    bool showsTwo() const; // at once
    bool isSideBySide() const;
    int barColumn() const;
    bool grabsBar(PixelPoint at) const;
    ViewSources sourcesOfMask(const ComparedMask &mask) const;
    ViewSources shownSources() const; // of the (first) scene
    ViewSources readoutSources() const;
    void updateScenes();
    Camera halfCamera(bool isRight) const;
    PixelPoint toCamera(PixelPoint at) const; // side by side, both halves show what m_camera shows in its middle
    HeatmapScene decorated(HeatmapScene scene) const; // with selection and hover
    overlay::CompareBarView compareBar() const;

    void report(const Error &error);
    void tensorChanged();
    void previewChanged();
    void viewChanged(nms::MatrixView view);
    void moved(); // the camera has moved, by hand or in a flight
    void flyTo(const Camera &goal);
    Camera fitted() const;
    bool isInspecting() const;
    void inspectorChanged();
    void moveSelection(int rows, int cols);
    void setRegion(const std::optional<CellRegion> &region);
    void computeRegionFigures();
    overlay::RegionView regionView() const;
    bool needsEntries() const;
    std::optional<std::int64_t> shownTile() const;
    void reportRegion();

    Workspace &m_workspace;
    Transport &m_transport;
    MaskComparison &m_comparison;
    FieldPreparer m_preparer;
    FieldPreparer m_otherPreparer;
    SceneBuilder m_scenes;
    SceneBuilder m_otherScenes; // of the second mask
    ScenePreview m_previewScene;
    bool m_otherIsUsed = false;
    ViewSources m_sources;
    Camera m_camera;
    double m_devicePixelRatio = 1;
    double m_textScale = 1;
    bool m_fitted = true; // the whole matrix is shown, and still is after a resize
    std::optional<std::pair<Camera, bool>> m_beforePreview; // m_camera and m_fitted, should the tensor not be loaded

    bool m_flies = true;
    std::optional<CameraFlight> m_flight;
    QElapsedTimer m_flightClock;
    QTimer m_regionTimer; // the solver is not informed of every frame of a drag
    std::optional<TileRegion> m_reported;
    bool m_neededEntries = true; // when the session changed last

    std::optional<CellPoint> m_regionStart; // first corner, while a region is being drawn
    std::optional<CellRegion> m_region;
    std::optional<RegionFigures> m_regionFigures; // of m_region; empty while they are computed
    QTimer m_regionFiguresTimer; // limits recomputation: a run changes the figures in every frame
    BackgroundTask m_regionTask;

    std::optional<CellPoint> m_hovered;
    std::optional<PixelPoint> m_pressed;
    PixelPoint m_last;
    bool m_dragging = false;
    bool m_draggingBar = false;
    double m_pointerX = 0;
    bool m_inspectorOpen = true;
    overlay::TileLayer m_layer = overlay::TileLayer::Plan;
    ThemeColors m_theme = darkColors;
    std::string m_banner;
    bool m_focusFrame = false;
};

} // namespace nms
