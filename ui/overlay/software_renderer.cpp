// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/software_renderer.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nms::overlay {

namespace {

struct Atlas {
    const unsigned char *alpha = nullptr; // ImGui's atlas is white; only its alpha channel matters
    int width = 0;
    int height = 0;

    float sample(float u, float v) const
    {
        const float x = u * float(width) - 0.5F;
        const float y = v * float(height) - 0.5F;
        const int x0 = int(std::floor(x));
        const int y0 = int(std::floor(y));
        const float fx = x - float(x0);
        const float fy = y - float(y0);
        return (at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx) * (1 - fy) +
            (at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx) * fy;
    }

private:
    float at(int x, int y) const
    {
        x = std::clamp(x, 0, width - 1);
        y = std::clamp(y, 0, height - 1);
        return float(alpha[y * width + x]) / 255.F;
    }
};

struct PixelRect {
    int x0, y0, x1, y1;
};

using Color = std::array<float, 4>; // red, green, blue in [0, 255], alpha in [0, 1]

Color unpack(ImU32 color)
{
    return {float(color >> IM_COL32_R_SHIFT & 0xff), float(color >> IM_COL32_G_SHIFT & 0xff),
            float(color >> IM_COL32_B_SHIFT & 0xff), float(color >> IM_COL32_A_SHIFT & 0xff) / 255.F};
}

void blend(Rgba8 &pixel, const Color &color, float alpha)
{
    const auto mix = [alpha](std::uint8_t under, float over) {
        return static_cast<std::uint8_t>(std::lround(float(under) + (over - float(under)) * alpha));
    };
    pixel.r = mix(pixel.r, color[0]);
    pixel.g = mix(pixel.g, color[1]);
    pixel.b = mix(pixel.b, color[2]);
}

/// The first pixel whose centre is at or right of x.
int firstPixel(float x)
{
    return int(std::ceil(x - 0.5F));
}

class Rasteriser
{
public:
    Rasteriser(Image &image, const Atlas &atlas) : m_image(image), m_atlas(atlas) { }

    void clipTo(const ImVec4 &clip)
    {
        m_clip = {std::max(0, int(clip.x)), std::max(0, int(clip.y)), std::min(m_image.width, int(clip.z)),
                  std::min(m_image.height, int(clip.w))};
    }

    /// Fast path for two triangles that form an axis-aligned rectangle of one colour, the bulk of all panels.
    bool quad(const ImDrawVert &a, const ImDrawVert &b, const ImDrawVert &c, const ImDrawVert &d)
    {
        if (a.pos.y != b.pos.y || b.pos.x != c.pos.x || c.pos.y != d.pos.y || d.pos.x != a.pos.x || a.col != c.col ||
            a.col != b.col || a.col != d.col)
            return false;
        const PixelRect rect = covered(a.pos.x, a.pos.y, c.pos.x, c.pos.y);
        const Color color = unpack(a.col);
        const bool solid = a.uv.x == c.uv.x && a.uv.y == c.uv.y;
        const float du = (c.uv.x - a.uv.x) / (c.pos.x - a.pos.x);
        const float dv = (c.uv.y - a.uv.y) / (c.pos.y - a.pos.y);
        for (int y = rect.y0; y < rect.y1; ++y)
            for (int x = rect.x0; x < rect.x1; ++x) {
                const float coverage = solid
                    ? 1
                    : m_atlas.sample(a.uv.x + (float(x) + 0.5F - a.pos.x) * du, a.uv.y + (float(y) + 0.5F - a.pos.y) * dv);
                if (coverage > 0)
                    blend(pixel(x, y), color, color[3] * coverage);
            }
        return true;
    }

    void triangle(const ImDrawVert &a, ImDrawVert b, ImDrawVert c)
    {
        float area = cross(a.pos, b.pos, c.pos);
        if (area == 0)
            return;
        if (area < 0) {
            std::swap(b, c);
            area = -area;
        }
        const PixelRect rect = covered(std::min({a.pos.x, b.pos.x, c.pos.x}), std::min({a.pos.y, b.pos.y, c.pos.y}),
                                       std::max({a.pos.x, b.pos.x, c.pos.x}), std::max({a.pos.y, b.pos.y, c.pos.y}));
        const std::array colors{unpack(a.col), unpack(b.col), unpack(c.col)};
        for (int y = rect.y0; y < rect.y1; ++y)
            for (int x = rect.x0; x < rect.x1; ++x) {
                const ImVec2 at{float(x) + 0.5F, float(y) + 0.5F};
                const float wa = cross(b.pos, c.pos, at);
                const float wb = cross(c.pos, a.pos, at);
                const float wc = cross(a.pos, b.pos, at);
                // A pixel on an edge that two triangles share belongs to exactly one of them.
                if (!inside(wa, b.pos, c.pos) || !inside(wb, c.pos, a.pos) || !inside(wc, a.pos, b.pos))
                    continue;
                Color color;
                for (std::size_t i = 0; i < color.size(); ++i)
                    color[i] = (wa * colors[0][i] + wb * colors[1][i] + wc * colors[2][i]) / area;
                const float coverage = m_atlas.sample((wa * a.uv.x + wb * b.uv.x + wc * c.uv.x) / area,
                                                      (wa * a.uv.y + wb * b.uv.y + wc * c.uv.y) / area);
                blend(pixel(x, y), color, color[3] * coverage);
            }
    }

private:
    static float cross(const ImVec2 &a, const ImVec2 &b, const ImVec2 &c)
    {
        return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    }
    static bool inside(float weight, const ImVec2 &from, const ImVec2 &to)
    {
        const bool topLeft = to.y < from.y || (to.y == from.y && to.x > from.x);
        return weight > 0 || (weight == 0 && topLeft);
    }
    PixelRect covered(float x0, float y0, float x1, float y1) const
    {
        return {std::max(m_clip.x0, firstPixel(x0)), std::max(m_clip.y0, firstPixel(y0)),
                std::min(m_clip.x1, firstPixel(x1)), std::min(m_clip.y1, firstPixel(y1))};
    }
    Rgba8 &pixel(int x, int y) { return m_image.pixels[std::size_t(y) * std::size_t(m_image.width) + std::size_t(x)]; }

    Image &m_image;
    const Atlas &m_atlas;
    PixelRect m_clip{0, 0, 0, 0};
};

} // namespace

void prepareSoftwareRendering()
{
    ImGuiIO &io = ImGui::GetIO();
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    io.BackendRendererName = "nmscope software";
    unsigned char *alpha = nullptr;
    int width = 0;
    int height = 0;
    io.Fonts->GetTexDataAsAlpha8(&alpha, &width, &height);
}

void renderSoftware(const ImDrawData &data, Image &image)
{
    Atlas atlas;
    unsigned char *alpha = nullptr;
    ImGui::GetIO().Fonts->GetTexDataAsAlpha8(&alpha, &atlas.width, &atlas.height);
    atlas.alpha = alpha;
    Rasteriser rasteriser(image, atlas);
    for (int i = 0; i < data.CmdListsCount; ++i) {
        const ImDrawList &list = *data.CmdLists[i];
        for (const ImDrawCmd &command : list.CmdBuffer) {
            rasteriser.clipTo(command.ClipRect);
            const ImDrawVert *vertices = list.VtxBuffer.Data + command.VtxOffset;
            const ImDrawIdx *indices = list.IdxBuffer.Data + command.IdxOffset;
            for (unsigned at = 0; at + 3 <= command.ElemCount;) {
                const ImDrawIdx *t = indices + at;
                const bool isQuad = at + 6 <= command.ElemCount && t[3] == t[0] && t[4] == t[2];
                if (isQuad && rasteriser.quad(vertices[t[0]], vertices[t[1]], vertices[t[2]], vertices[t[5]])) {
                    at += 6;
                    continue;
                }
                rasteriser.triangle(vertices[t[0]], vertices[t[1]], vertices[t[2]]);
                at += 3;
            }
        }
    }
}

} // namespace nms::overlay
