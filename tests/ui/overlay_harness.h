// SPDX-License-Identifier: Apache-2.0
// An overlay without a window: a mouse, frames, and a picture to look at.
#pragma once

#include "ui/overlay/overlay.h"
#include "ui/overlay/software_renderer.h"

#include <functional>
#include <vector>

namespace nms::overlay {

class Harness
{
public:
    explicit Harness(float width = 1000, float height = 660) : m_width(width), m_height(height)
    {
        overlay.makeCurrent();
        prepareSoftwareRendering();
    }

    OverlayCommands frame() { return overlay.frame(m_width, m_height, 0.016F, view); }
    void settle()
    {
        for (int i = 0; i < 3; ++i)
            frame();
    }
    void moveTo(float x, float y)
    {
        overlay.pointerMoved(x, y);
        settle();
    }
    /// Press and release between two frames, as a fast hand does; the commands of every frame that follows.
    std::vector<OverlayCommands> click(float x, float y, int button = 0)
    {
        moveTo(x, y);
        overlay.pointerButton(button, true);
        overlay.pointerButton(button, false);
        constexpr int frames = 4;
        std::vector<OverlayCommands> commands;
        commands.reserve(frames);
        for (int i = 0; i < frames; ++i)
            commands.push_back(frame());
        // Far enough apart in time that two clicks are never a double click.
        overlay.frame(m_width, m_height, 1, view);
        return commands;
    }
    std::vector<OverlayCommands> drag(float x0, float y0, float x1, float y1)
    {
        moveTo(x0, y0);
        overlay.pointerButton(0, true);
        frame();
        std::vector<OverlayCommands> commands;
        for (int i = 1; i <= 4; ++i) {
            overlay.pointerMoved(x0 + (x1 - x0) * float(i) / 4, y0 + (y1 - y0) * float(i) / 4);
            commands.push_back(frame());
        }
        overlay.pointerButton(0, false);
        commands.push_back(frame());
        overlay.frame(m_width, m_height, 1, view);
        return commands;
    }
    Layout layout() const { return computeLayout(overlay.theme(), m_width, m_height); }
    Image picture()
    {
        frame();
        Image image{int(m_width), int(m_height), {}};
        image.pixels.assign(std::size_t(image.width) * std::size_t(image.height), Rgba8{0, 0, 0, 255});
        renderSoftware(*overlay.drawData(), image);
        return image;
    }

    Overlay overlay{1};
    OverlayView view;

private:
    float m_width;
    float m_height;
};

} // namespace nms::overlay
