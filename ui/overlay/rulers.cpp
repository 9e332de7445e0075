// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/rulers.h"

#include <algorithm>
#include <cmath>

namespace nms::overlay {

namespace {

constexpr const char *corner = "tile"; // label of the corner where both rulers meet

float widthOf(const Theme &theme, std::int64_t number)
{
    return textSize(theme.fonts.small, std::to_string(number)).x;
}

float lineHeight(const Theme &theme)
{
    return theme.fonts.small->FontSize + theme.px(4);
}

/// One ruler: horizontal for columns, vertical for rows.
struct Line {
    bool isAcross = true;
    Rect strip;
    ImU32 ink = 0;
};

void drawLine(const Theme &theme, ImDrawList &draw, const Line &line, const std::vector<RulerMark> &marks)
{
    const ImU32 ground = (theme.palette.panel & ~IM_COL32_A_MASK) | IM_COL32(0, 0, 0, 255);
    draw.AddRectFilled(line.strip.topLeft(), line.strip.bottomRight(), ground);
    const ImVec2 from = line.isAcross ? ImVec2{line.strip.x, line.strip.bottom()} : ImVec2{line.strip.right(), line.strip.y};
    draw.AddLine(from, line.strip.bottomRight(), theme.palette.line);
    ImFont *font = theme.fonts.small;
    for (const RulerMark &mark : marks) {
        const std::string text = std::to_string(mark.number);
        const ImVec2 size = textSize(font, text);
        if (line.isAcross && mark.at - size.x / 2 >= line.strip.x)
            drawText(draw, font, {mark.at - size.x / 2, line.strip.y + (line.strip.height - size.y) / 2}, line.ink, text);
        else if (!line.isAcross && mark.at - size.y / 2 >= line.strip.y)
            drawText(draw, font, {line.strip.right() - theme.px(4) - size.x, mark.at - size.y / 2}, line.ink, text);
    }
}

} // namespace

std::vector<RulerMark> rulerMarks(double center, double pixelsPerCell, int size, std::int64_t cells, std::int64_t unit,
                                  float room)
{
    std::vector<RulerMark> marks;
    if (cells <= 0 || unit <= 0 || size <= 0 || !(pixelsPerCell > 0))
        return marks;
    const double pixels = pixelsPerCell * double(unit);
    std::int64_t step = 1;
    for (std::int64_t decade = 1; double(step) * pixels < double(room); decade *= 10)
        for (const std::int64_t lead : {1, 2, 5})
            if (step = lead * decade; double(step) * pixels >= double(room))
                break;
    const std::int64_t count = (cells + unit - 1) / unit;
    const auto pixelOf = [&](double cell) {
        return (cell - center) * pixelsPerCell + size / 2.;
    };
    const double firstSeen = std::floor((center - size / 2. / pixelsPerCell) / double(unit));
    const auto first = std::int64_t(std::clamp(firstSeen, 0., double(count))) / step * step;
    for (std::int64_t i = first; i < count; i += step) {
        const double begin = pixelOf(double(i * unit));
        const double end = pixelOf(double(std::min(cells, (i + 1) * unit))); // the last tile may be partial
        if (begin >= size)
            break;
        const double seenFrom = std::max(begin, 0.), seenTo = std::min(end, double(size));
        const double least = std::min(double(room), (end - begin) / 2);
        if (seenTo - seenFrom >= least)
            marks.push_back({i, float((seenFrom + seenTo) / 2)});
    }
    return marks;
}

RulerSize rulerSize(const Theme &theme, const RulersView &view)
{
    const std::int64_t last = view.tileSize > 0 ? std::max<std::int64_t>(0, (view.rows - 1) / view.tileSize) : 0;
    const float least = textSize(theme.fonts.small, corner).x;
    return {std::round(std::max(widthOf(theme, last), least) + theme.px(8)), std::round(lineHeight(theme))};
}

void drawRulers(const Theme &theme, ImDrawList &draw, const RulersView &view, float top)
{
    const Camera &camera = view.camera;
    const float width = float(camera.width), height = float(camera.height);
    const RulerSize size = rulerSize(theme, view);
    const float gap = theme.px(10);
    const float cellWidth = widthOf(theme, view.cols) + gap, cellHeight = theme.fonts.small->FontSize + theme.px(2);
    const bool numbersCells = camera.pixelsPerCell >= double(std::max(cellWidth, cellHeight));
    if (numbersCells) {
        const float wide = std::round(widthOf(theme, view.rows) + theme.px(8));
        drawLine(theme, draw, {true, {0, top + size.top, width, size.top}, theme.palette.muted},
                 rulerMarks(camera.center.col, camera.pixelsPerCell, camera.width, view.cols, 1, cellWidth));
        drawLine(theme, draw,
                 {false, {size.left, top + 2 * size.top, wide, height - top - 2 * size.top}, theme.palette.muted},
                 rulerMarks(camera.center.row, camera.pixelsPerCell, camera.height, view.rows, 1, cellHeight));
    }
    const float tileWidth = widthOf(theme, view.cols / view.tileSize) + gap;
    drawLine(theme, draw, {true, {0, top, width, size.top}, theme.palette.text},
             rulerMarks(camera.center.col, camera.pixelsPerCell, camera.width, view.cols, view.tileSize, tileWidth));
    drawLine(theme, draw, {false, {0, top + size.top, size.left, height - top - size.top}, theme.palette.text},
             rulerMarks(camera.center.row, camera.pixelsPerCell, camera.height, view.rows, view.tileSize, cellHeight));
    const Rect square{0, top, size.left, size.top};
    draw.AddRectFilled(square.topLeft(), square.bottomRight(), theme.palette.panel);
    drawTextCentered(draw, theme.fonts.small, square, theme.palette.muted, corner);
}

} // namespace nms::overlay
