// SPDX-License-Identifier: Apache-2.0
// ViewportController: two masks beside each other, split by a bar, in turn, or their difference.
#include "ui/viewport/viewport_controller.h"

#include <cmath>

namespace nms {

using Mode = MaskComparison::Mode;

bool ViewportController::compares() const
{
    const MatrixView view = m_workspace.view();
    return !m_workspace.preview() && m_comparison.isActive() && !m_workspace.showsPruning() &&
        (view == MatrixView::Mask || view == MatrixView::Error);
}

bool ViewportController::showsTwo() const
{
    return compares() && (m_comparison.mode() == Mode::SideBySide || m_comparison.mode() == Mode::Split);
}

bool ViewportController::isSideBySide() const
{
    return compares() && m_comparison.mode() == Mode::SideBySide;
}

/// Pixel column of the border between the two masks.
int ViewportController::barColumn() const
{
    const double share = m_comparison.mode() == Mode::Split ? m_comparison.split() : 0.5;
    return int(std::lround(share * m_camera.width));
}

ViewSources ViewportController::sourcesOfMask(const ComparedMask &mask) const
{
    const bool sameGrid = mask.solution->grid == m_workspace.grid();
    ViewSources sources =
        ViewSources::of(m_workspace).withMask(mask.solution, sameGrid ? m_workspace.tileScores() : nullptr);
    sources.pattern = m_comparison.a().solution->options.pattern; // it determines the range: one for both
    return sources;
}

ViewSources ViewportController::shownSources() const
{
    if (!compares())
        return ViewSources::of(m_workspace);
    const bool isB = m_comparison.mode() == Mode::Blink && m_comparison.showsB();
    ViewSources sources = sourcesOfMask(isB ? m_comparison.b() : m_comparison.a());
    const auto difference = m_comparison.difference();
    if (m_comparison.mode() == Mode::Difference && difference) {
        sources.view = MatrixView::Mask;
        sources.grid = difference->grid;
        sources.tiles = {};
        sources.other = m_comparison.b().solution;
        sources.difference = difference;
    }
    return sources;
}

void ViewportController::updateScenes()
{
    m_previewScene.update(m_sources.preview);
    if (m_sources.preview)
        return; // the scenes of the open tensor stay as they are
    m_scenes.update(shownSources(), m_camera, &m_preparer);
    if (!compares() || m_comparison.mode() == Mode::Difference) {
        m_scenes.shareTileScale(std::nullopt);
        if (m_otherIsUsed)
            m_otherScenes = {};
        m_otherIsUsed = false;
        return;
    }
    m_otherIsUsed = true;
    const bool isBlinkingB = !showsTwo() && m_comparison.showsB();
    m_otherScenes.update(sourcesOfMask(isBlinkingB ? m_comparison.a() : m_comparison.b()), m_camera, &m_otherPreparer);
    m_scenes.shareTileScale(m_otherScenes.steadyTileScale());
}

/// The same place of the matrix, in the middle of the left (or right) half of the viewport.
Camera ViewportController::halfCamera(bool isRight) const
{
    Camera camera = m_camera;
    camera.center.col += (isRight ? -1 : 1) * m_camera.width / 4. / m_camera.pixelsPerCell;
    return camera;
}

PixelPoint ViewportController::toCamera(PixelPoint at) const
{
    if (!isSideBySide())
        return at;
    const double quarter = m_camera.width / 4.;
    return {at.x + (at.x < m_camera.width / 2. ? quarter : -quarter), at.y};
}

std::optional<SecondScene> ViewportController::secondScene() const
{
    if (!showsTwo() || !m_sources.tensor)
        return std::nullopt;
    SecondScene second{decorated(m_otherScenes.scene(isSideBySide() ? halfCamera(true) : m_camera)), barColumn()};
    second.scene.scale = m_scenes.scale(); // one range for both
    second.scene.tileScale = m_scenes.scene(m_camera).tileScale;
    return second;
}

overlay::CompareBarView ViewportController::compareBar() const
{
    const std::string a = "A  " + m_comparison.a().name.toStdString(), b = "B  " + m_comparison.b().name.toStdString();
    switch (m_comparison.mode()) {
    case Mode::SideBySide:
        return {a, b, float(barColumn()), false};
    case Mode::Split:
        return {a, b, float(barColumn()), true};
    case Mode::Blink:
        return m_comparison.showsB() ? overlay::CompareBarView{{}, b, {}, false} : overlay::CompareBarView{a, {}, {}, false};
    case Mode::Difference:
        break;
    }
    return {a + "  −  " + b, {}, {}, false};
}

/// Of the mask under the pointer; none where their difference is shown.
ViewSources ViewportController::readoutSources() const
{
    if (!compares())
        return m_sources;
    ViewSources sources = m_sources;
    sources.snapshot.reset();
    sources.solution.reset();
    if (m_comparison.mode() != Mode::Difference) {
        const bool isB = showsTwo() ? m_pointerX >= barColumn() : m_comparison.showsB();
        sources.solution = isB ? m_comparison.b().solution : m_comparison.a().solution;
    }
    return sources;
}

bool ViewportController::grabsBar(PixelPoint at) const
{
    constexpr double reach = 8; // logical pixels
    return compares() && m_comparison.mode() == Mode::Split && std::abs(at.x - barColumn()) <= reach * m_devicePixelRatio;
}

} // namespace nms
