// SPDX-License-Identifier: Apache-2.0
// Everything that a viewport does, but for windows and drawing: both kinds of viewport share it.
#pragma once

#include "ui/models/background_task.h"
#include "ui/overlay/overlay.h"
#include "ui/viewport/camera_motion.h"
#include "ui/viewport/overlay_views.h"
#include "ui/viewport/playback.h"
#include "ui/viewport/region_figures.h"
#include "ui/viewport/scene_builder.h"

#include <QElapsedTimer>
#include <QImage>
#include <QObject>
#include <QTimer>

#include <optional>
#include <string>

namespace nms {

/// The colours' range, to be typed in.
struct LegendRange {
    bool isThere = false; // false: the view has no range, and the rest is empty
    std::string title;
    ValueScale scale;
    bool isSymmetric = false;
    bool isPercent = false;
    std::vector<std::pair<double, float>> percentiles; // ends where so much of what is shown lies within: share and value
};

/// What the viewport shows, without panels, selection and hover.
struct ViewPicture {
    QImage heatmap;
    overlay::LegendView legend;
    Camera camera; // of `heatmap`
    std::int64_t rows = 0; // of the matrix
    std::int64_t cols = 0;
    std::int64_t tileSize = 1;
};

enum class PointerButton { Left, Right, Middle };

/// Camera, hover, selection and the scene, from input in device pixels. GUI thread.
class ViewportController : public QObject
{
    Q_OBJECT
public:
    explicit ViewportController(Workspace &workspace, QObject *parent = nullptr);

    void resize(int width, int height, double devicePixelRatio);

    // Input that belongs to the matrix and not to a panel
    void pointerPressed(PixelPoint at, PointerButton button, bool drawsRegion = false); // else it pans or selects a tile
    void pointerMoved(PixelPoint at);
    void pointerReleased(PixelPoint at, PointerButton button);
    void doubleClicked(PixelPoint at);
    void pointerLeft(); // the matrix: for a panel, or altogether
    void zoomAt(PixelPoint at, double factor);
    bool keyPressed(int key); // a Qt::Key; false: not one of ours

    void fitAll();
    void zoomBy(double factor); // about the middle, gliding
    void goToTile(std::int64_t tile);

    bool isDragging() const { return m_dragging || m_regionStart; }

    /// Brings flights and scene up to date; true while a flight goes on.
    bool advance();
    HeatmapScene scene() const;
    overlay::OverlayView overlayView() const;
    void apply(const overlay::OverlayCommands &commands);

    /// The cells that are seen, as large as they fit into so many pixels; empty where there is nothing to see.
    ViewPicture picture(int width, int height) const;

    /// What a copy takes: the region drawn, else the selected tile; none without either.
    std::optional<CellRegion> copiedRegion() const;
    /// Its values in this view as a table; empty where there are none, or more than mostCopiedEntries.
    QString copiedText() const;

    void setTextScale(double scale) { m_textScale = scale; } // that the panels are drawn at, beside the pixel ratio
    void setTheme(const ThemeColors &theme) { m_theme = theme; }
    void setFocusFrame(bool isShown) { m_focusFrame = isShown; }
    void setBanner(const std::string &text);

    /// What the legend's colours span now.
    LegendRange legendRange() const;
    void setLegendRange(const std::optional<ValueScale> &scale); // none: that which it begins with

signals:
    void frameWanted();
    void rangeEditWanted(); // a click on the legend's limits
    void copyWanted(); // of the region's values

private:
    void tensorChanged();
    void viewChanged(nms::MatrixView view);
    void moved(); // the camera, by hand or in flight
    void flyTo(const Camera &goal);
    Camera fitted() const;
    bool isInspecting() const;
    void inspectorChanged();
    void moveSelection(int rows, int cols);
    void setRegion(const std::optional<CellRegion> &region);
    void reckonRegion();
    overlay::RegionView regionView() const;
    void reportRegion();

    Workspace &m_workspace;
    Playback m_playback;
    SceneBuilder m_scenes;
    ViewSources m_sources;
    Camera m_camera;
    double m_devicePixelRatio = 1;
    double m_textScale = 1;
    bool m_fitted = true; // shows the whole matrix, and goes on doing so when resized

    std::optional<CameraFlight> m_flight;
    QElapsedTimer m_flightClock;
    QTimer m_regionTimer; // not every frame of a drag is news to the solver
    std::optional<TileRegion> m_reported;

    std::optional<CellPoint> m_regionStart; // while it is drawn
    std::optional<CellRegion> m_region;
    std::optional<RegionFigures> m_regionFigures; // of m_region; none while they are reckoned
    QTimer m_regionFiguresTimer; // a run changes them with every frame
    BackgroundTask m_regionTask;

    std::optional<CellPoint> m_hovered;
    std::optional<PixelPoint> m_pressed;
    PixelPoint m_last;
    bool m_dragging = false;
    bool m_inspectorOpen = true;
    overlay::TileLayer m_layer = overlay::TileLayer::Plan;
    ThemeColors m_theme = darkColors;
    std::string m_banner;
    bool m_focusFrame = false;
};

} // namespace nms
