// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/readout.h"

#include "core/base/number_text.h"

namespace nms::overlay {

std::vector<std::pair<std::string, std::string>> readoutFields(const ReadoutView &view)
{
    std::vector<std::pair<std::string, std::string>> fields;
    fields.emplace_back("row", std::to_string(view.row));
    fields.emplace_back("col", std::to_string(view.col));
    if (view.plan)
        fields.emplace_back("S", formatReading(*view.plan));
    if (view.kept)
        fields.emplace_back("mask", *view.kept ? "kept" : "pruned");
    if (view.error)
        fields.emplace_back("error", formatReading(double(*view.error) * 1e6) + " ppm");
    if (view.rowError)
        fields.emplace_back("of its row", formatReading(*view.rowError * 1e6) + " ppm");
    if (view.colError)
        fields.emplace_back("of its col", formatReading(*view.colError * 1e6) + " ppm");
    if (view.pruned)
        fields.emplace_back("Ŵ", (*view.pruned > 0 ? "+" : "") + formatReading(*view.pruned));
    if (view.weight)
        fields.emplace_back("W", (*view.weight > 0 ? "+" : "") + formatReading(*view.weight));
    if (view.score)
        fields.emplace_back("A", formatReading(*view.score));
    if (view.tileRow)
        fields.emplace_back("tile", std::to_string(*view.tileRow) + "," + std::to_string(view.tileCol));
    return fields;
}

void drawReadout(const Theme &theme, const Rect &room, const ReadoutView &view)
{
    ImFont *font = theme.fonts.small;
    const float pad = theme.px(12);
    const float gap = theme.px(12);
    const float inner = theme.px(6);
    auto fields = readoutFields(view);
    const auto widthOf = [&] {
        float width = 2 * pad - gap;
        for (const auto &[name, value] : fields)
            width += textSize(font, name).x + inner + textSize(font, value).x + gap;
        return width;
    };
    while (fields.size() > 2 && widthOf() > room.width)
        fields.pop_back();
    const float width = widthOf();
    if (width > room.width)
        return;

    const Panel panel("readout", {room.right() - width, room.y, width, room.height});
    const float top = room.y + (room.height - font->FontSize) / 2;
    float x = room.right() - width + pad;
    for (const auto &[name, value] : fields) {
        drawText(panel.draw(), font, {x, top}, theme.palette.muted, name);
        x += textSize(font, name).x + inner;
        drawText(panel.draw(), font, {x, top}, theme.palette.text, value);
        x += textSize(font, value).x + gap;
    }
}

} // namespace nms::overlay
