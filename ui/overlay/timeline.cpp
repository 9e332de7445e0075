// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/timeline.h"

#include "core/base/number_text.h"

#include <algorithm>

namespace nms::overlay {

namespace {

using Action = TimelineCommands::Action;

enum class Icon { ToStart, Back, Play, Pause, Forward, ToEnd };

void drawIcon(ImDrawList &draw, Icon icon, ImVec2 center, float size, ImU32 color)
{
    const float h = size / 2;
    const auto triangle = [&](float x, bool right) {
        const float tip = right ? x + h : x - h;
        const float base = right ? x - h * 0.5F : x + h * 0.5F;
        draw.AddTriangleFilled({base, center.y - h * 0.9F}, {base, center.y + h * 0.9F}, {tip, center.y}, color);
    };
    const auto bar = [&](float x) {
        const float half = std::max(1.F, std::round(size / 12));
        draw.AddRectFilled({std::round(x) - half, center.y - h * 0.9F}, {std::round(x) + half, center.y + h * 0.9F}, color);
    };
    switch (icon) {
    case Icon::ToStart:
        bar(center.x - h * 0.8F);
        triangle(center.x + h * 0.3F, false);
        break;
    case Icon::Back:
        triangle(center.x - h * 0.2F, false);
        bar(center.x + h * 0.8F);
        break;
    case Icon::Play:
        triangle(center.x - h * 0.1F, true);
        break;
    case Icon::Pause:
        bar(center.x - h * 0.45F);
        bar(center.x + h * 0.45F);
        break;
    case Icon::Forward:
        bar(center.x - h * 0.8F);
        triangle(center.x + h * 0.2F, true);
        break;
    case Icon::ToEnd:
        triangle(center.x - h * 0.3F, true);
        bar(center.x + h * 0.8F);
        break;
    }
}

bool iconButton(const Theme &theme, ImDrawList &draw, const char *id, Icon icon, const Rect &rect, bool enabled,
                const char *explanation)
{
    ImGui::BeginDisabled(!enabled);
    const bool clicked = clickArea(id, rect);
    ImGui::EndDisabled();
    const bool hovered = enabled && ImGui::IsItemHovered();
    if (hovered)
        draw.AddRectFilled(rect.topLeft(), rect.bottomRight(), theme.palette.raised, theme.px(4));
    tooltip(explanation);
    const ImU32 color = enabled ? theme.palette.text : theme.palette.line;
    drawIcon(draw, icon, {std::round(rect.x + rect.width / 2), std::round(rect.y + rect.height / 2)}, theme.px(10), color);
    return clicked;
}

Action drawButtons(const Theme &theme, ImDrawList &draw, const Rect &rect, const TimelineView &view)
{
    const float width = rect.width / 5;
    const auto place = [&](int i) {
        return Rect{rect.x + width * float(i), rect.y, width, rect.height};
    };
    const bool canBack = view.hasRun && view.shown > view.historyFirst;
    const bool canForward = !view.busy && (!view.finished || view.shown < view.live);
    Action action = Action::None;
    if (iconButton(theme, draw, "start", Icon::ToStart, place(0), canBack, "To the first iteration"))
        action = Action::ToStart;
    if (iconButton(theme, draw, "back", Icon::Back, place(1), canBack, "One iteration back"))
        action = Action::StepBack;
    if (iconButton(theme, draw, "play", view.playing ? Icon::Pause : Icon::Play, place(2), !view.busy,
                   view.playing     ? "Pause"
                       : canForward ? "Run on from here"
                                    : "Run again"))
        action = Action::PlayPause;
    if (iconButton(theme, draw, "forward", Icon::Forward, place(3), canForward, "One iteration forward"))
        action = Action::StepForward;
    if (iconButton(theme, draw, "end", Icon::ToEnd, place(4), canForward, "To the end"))
        action = Action::ToEnd;
    return action;
}

void drawSlider(const Theme &theme, ImDrawList &draw, const Rect &rect, const TimelineView &view, TimelineCommands &commands)
{
    const Palette &palette = theme.palette;
    const float middle = std::round(rect.y + rect.height / 2);
    const float half = theme.px(2);
    const auto x = [&](int iteration) {
        return rect.x + rect.width * timelinePosition(view, iteration);
    };
    draw.AddRectFilled({rect.x, middle - half}, {rect.right(), middle + half}, palette.line, half);
    if (view.hasRun) {
        draw.AddRectFilled({x(view.historyFirst), middle - half}, {x(view.historyLast), middle + half}, palette.accentDeep,
                           half);
        draw.AddRectFilled({x(view.historyFirst), middle - half}, {x(view.shown), middle + half}, palette.accent, half);
    }
    if (view.breakpoint.iteration) {
        const float at = x(*view.breakpoint.iteration);
        draw.AddTriangleFilled({at - theme.px(4), middle - theme.px(10)}, {at + theme.px(4), middle - theme.px(10)},
                               {at, middle - theme.px(3)}, palette.bad);
    }

    clickArea("slider", rect);
    const float position = (ImGui::GetIO().MousePos.x - rect.x) / rect.width;
    if (view.hasRun && ImGui::IsItemActive()) {
        const int wanted = timelineIteration(view, position);
        if (wanted != view.wanted.value_or(view.shown))
            commands.scrubTo = wanted;
    }
    if (ImGui::IsItemHovered()) {
        const int pointed = int(std::lround(std::clamp(position, 0.F, 1.F) * float(timelineEnd(view))));
        if (ImGui::IsMouseClicked(ImGuiMouseButton_Right))
            commands.breakpoint = view.breakpoint.iteration == std::max(1, pointed)
                ? BreakpointView{}
                : BreakpointView{std::max(1, pointed), {}, {}};
        if (!ImGui::IsItemActive())
            tooltip("iteration " + std::to_string(pointed) + " · right click: pause there");
    }
    if (view.hasRun) {
        const bool lively = ImGui::IsItemHovered() || ImGui::IsItemActive();
        draw.AddCircleFilled({x(view.wanted.value_or(view.shown)), middle}, theme.px(lively ? 7 : 6), palette.text);
        if (view.wanted) // the iteration on screen differs from the requested one
            draw.AddCircle({x(view.shown), middle}, theme.px(5), palette.muted, 0, std::max(1.F, theme.px(1.5F)));
    }
}

std::string percentOf(const std::optional<double> &share)
{
    const std::string digits = std::to_string(int(100 * std::clamp(share.value_or(0), 0., 1.)));
    return std::string(digits.size() < 2 ? 1 : 0, ' ') + digits + " %"; // the same width for one and two digits
}

std::string speedText(double speed)
{
    return speed > 0 ? std::to_string(int(speed)) + "/s" : "max";
}

/// Popups of the timeline open upwards, so that the timeline stays visible.
bool beginPopupAbove(const char *id, const Rect &rect, float gap)
{
    if (!ImGui::IsPopupOpen(id))
        return false;
    ImGui::SetNextWindowPos({rect.x + rect.width / 2, rect.y - gap}, ImGuiCond_Always, {0.5F, 1});
    return ImGui::BeginPopup(id);
}

void speedPopup(const Theme &theme, const Rect &button, const TimelineView &view, TimelineCommands &commands)
{
    if (!beginPopupAbove("speeds", button, theme.px(16)))
        return;
    for (const double speed : {1., 5., 20., 60., 0.})
        if (ImGui::Selectable(speed > 0 ? (std::to_string(int(speed)) + " a second").c_str() : "as fast as it goes",
                              speed == view.speed))
            commands.speed = speed;
    ImGui::EndPopup();
}

void breakpointPopup(const Theme &theme, const Rect &button, const TimelineView &view, TimelineCommands &commands)
{
    if (!beginPopupAbove("breakpoints", button, theme.px(16)))
        return;
    ImGui::TextDisabled("Pause when");
    for (const double limit : {0.1, 0.05, 0.01, 0.001})
        if (ImGui::Selectable(("residual < " + withoutTrailingZeros(formatPercent(limit))).c_str(),
                              view.breakpoint.residualBelow == limit))
            commands.breakpoint = BreakpointView{{}, limit, {}};
    for (const double limit : {0.01, 0.005, 0.001})
        if (ImGui::Selectable(("plan gap < " + withoutTrailingZeros(formatPercent(limit))).c_str(),
                              view.breakpoint.planGapBelow == limit))
            commands.breakpoint = BreakpointView{{}, {}, limit};
    ImGui::Separator();
    if (ImGui::Selectable("never", view.breakpointText.empty()))
        commands.breakpoint = BreakpointView{};
    if (ImGui::Selectable("other conditions …"))
        commands.editBreakpoint = true;
    ImGui::EndPopup();
}

bool breakpointButton(const Theme &theme, ImDrawList &draw, const Rect &rect, const TimelineView &view)
{
    const bool clicked = clickArea("breakpoint", rect);
    const float middle = rect.y + rect.height / 2;
    const float x = rect.x + rect.width / 2;
    if (ImGui::IsItemHovered())
        draw.AddRectFilled(rect.topLeft(), rect.bottomRight(), theme.palette.raised, theme.px(4));
    if (view.breakpointText.empty())
        draw.AddCircle({x, middle}, theme.px(4), theme.palette.muted, 0, std::max(1.F, theme.px(1.5F)));
    else
        draw.AddCircleFilled({x, middle}, theme.px(4.5F), theme.palette.bad);
    tooltip(view.breakpointText.empty() ? "Breakpoint: pause when …" : "Pauses at " + view.breakpointText);
    return clicked;
}

bool textButton(const Theme &theme, ImDrawList &draw, const char *id, float right, const Rect &line, const char *text,
                const char *explanation, float &width)
{
    width = textSize(theme.fonts.small, text).x + theme.px(16);
    const Rect rect{right - width, line.y + (line.height - theme.px(24)) / 2, width, theme.px(24)};
    const bool clicked = clickArea(id, rect);
    const bool hovered = ImGui::IsItemHovered();
    draw.AddRectFilled(rect.topLeft(), rect.bottomRight(), hovered ? theme.palette.accentDeep : theme.palette.raised,
                       theme.px(4));
    drawTextCentered(draw, theme.fonts.small, rect, hovered ? theme.palette.onAccent : theme.palette.text, text);
    tooltip(explanation);
    return clicked;
}

} // namespace

int timelineEnd(const TimelineView &view)
{
    return std::max(1, view.planned > 0 ? std::max(view.planned, view.live) : view.live + view.live / 8 + 4);
}

float timelinePosition(const TimelineView &view, int iteration)
{
    return std::clamp(float(iteration) / float(timelineEnd(view)), 0.F, 1.F);
}

int timelineIteration(const TimelineView &view, float position)
{
    const int wanted = int(std::lround(std::clamp(position, 0.F, 1.F) * float(timelineEnd(view))));
    return std::clamp(wanted, view.historyFirst, std::max(view.historyFirst, view.historyLast));
}

TimelineCommands drawTimeline(const Theme &theme, const Rect &rect, const TimelineView &view)
{
    TimelineCommands commands;
    const Panel panel("timeline", rect);
    ImDrawList &draw = panel.draw();
    const float pad = theme.px(8);
    const float gap = theme.px(12);
    const float middle = rect.y + rect.height / 2;

    const Rect buttons{rect.x + pad, middle - theme.px(14), theme.px(5 * 28), theme.px(28)};
    commands.action = drawButtons(theme, draw, buttons, view);
    float left = buttons.right() + gap;
    float right = rect.right() - gap;

    // From the right: verdict, the buttons of a scrubbed view, speed, breakpoint; the slider gets the rest. To leave a
    // slider of useful length, these are dropped in this order: what the mask keeps, the verdict's text, the word
    // "iteration".
    const std::string digits = std::to_string(timelineEnd(view));
    const std::string total = view.wanted ? " → " + std::to_string(*view.wanted) + ", " + percentOf(view.refining)
        : view.planned > 0                ? " / " + std::to_string(view.planned)
                                          : std::string();
    const float countWidth = textSize(theme.fonts.mono, digits + total).x;
    const std::string word = view.isTraining ? "step " : "iteration ";
    const float wordWidth = textSize(theme.fonts.mono, word).x;
    const float dot = theme.px(8);
    const float smallParts = theme.px(28 + 52) + (view.scrubbing ? theme.px(2 * 76) : 0);
    const float room = right - left - countWidth - gap - smallParts - dot - theme.px(96);
    // What the mask keeps is shown after the verdict if both fit.
    const std::string full = view.kept.empty() ? view.verdict : view.verdict + " · " + view.kept;
    const bool showsKept = room >= textSize(theme.fonts.ui, full).x + theme.px(20) + wordWidth;
    const std::string &told = showsKept ? full : view.verdict;
    const float verdictWidth = textSize(theme.fonts.ui, told).x;
    const bool showsVerdict = room >= verdictWidth + theme.px(20);
    const bool showsWord = room - (showsVerdict ? verdictWidth + theme.px(20) : 0) >= wordWidth;

    const ImU32 tone = colorOf(theme.palette, view.tone);
    if (!view.verdict.empty()) {
        const float end = right;
        if (showsVerdict) {
            right -= verdictWidth;
            drawText(draw, theme.fonts.ui, {right, middle - theme.fonts.ui->FontSize / 2}, tone, told);
            right -= theme.px(8);
        }
        draw.AddCircleFilled({right - dot / 2, middle}, dot / 2, tone);
        clickArea("verdict", {right - dot - theme.px(2), middle - dot, end - right + dot + theme.px(4), 2 * dot});
        std::string rest; // texts not shown, for the tooltip
        for (const auto &[text, isThere] :
             {std::pair{&view.verdict, showsVerdict}, {&view.kept, showsVerdict && showsKept}, {&view.advice, false}})
            if (!isThere && !text->empty())
                rest += (rest.empty() ? "" : "\n") + *text;
        if (!rest.empty())
            tooltip(rest);
        right -= dot + gap;
    }
    float width = 0;
    if (view.scrubbing) {
        const char *where = view.isTraining ? "Back to where the training is" : "Back to where the solver is";
        if (textButton(theme, draw, "live", right, rect, "live", where, width))
            commands.action = Action::FollowLive;
        right -= width + theme.px(4);
        if (!view.isTraining &&
            textButton(theme, draw, "rewind", right, rect, "rewind", "The solver goes on from the iteration shown", width))
            commands.action = Action::RewindHere;
        right -= width + gap;
    }
    const Rect speed{right - theme.px(44), middle - theme.px(10), theme.px(44), theme.px(20)};
    if (chooserText(theme, draw, "speed", speed, speedText(view.speed), true, theme.palette.muted))
        ImGui::OpenPopup("speeds");
    tooltip("Speed of playing, in iterations a second");
    right = speed.x - theme.px(4);
    const Rect breakpoint{right - theme.px(24), middle - theme.px(12), theme.px(24), theme.px(24)};
    if (!view.isTraining && breakpointButton(theme, draw, breakpoint, view))
        ImGui::OpenPopup("breakpoints");
    right = breakpoint.x - gap;
    speedPopup(theme, speed, view, commands);
    breakpointPopup(theme, breakpoint, view, commands);

    const float textTop = middle - theme.fonts.mono->FontSize / 2;
    if (showsWord) {
        drawText(draw, theme.fonts.mono, {left, textTop}, theme.palette.muted, word);
        left += wordWidth;
    }
    // Right-aligned in the width of the largest number, so that nothing moves while it counts.
    const float digitsWidth = textSize(theme.fonts.mono, digits).x;
    drawTextRight(draw, theme.fonts.mono, left + digitsWidth, textTop, theme.palette.text, std::to_string(view.shown));
    drawText(draw, theme.fonts.mono, {left + digitsWidth, textTop}, theme.palette.muted, total);
    left += countWidth + gap + theme.px(6);
    right -= theme.px(6);
    if (right - left >= theme.px(48))
        drawSlider(theme, draw, {left, middle - theme.px(12), right - left, theme.px(24)}, view, commands);
    return commands;
}

} // namespace nms::overlay
