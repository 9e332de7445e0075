// SPDX-License-Identifier: Apache-2.0
// In the program with the window.
#include "app/cli/heatmap_drawer.h"
#include "app/cli/output.h"
#include "gpu/vulkan/heatmap_renderer.h"

#include <memory>
#include <utility>

namespace nms::cli {

namespace {

class Drawer
{
public:
    Drawer()
    {
        auto device = vulkan::Device::createHeadless(false);
        if (device)
            m_device = std::move(*device);
        else
            noteFallback(device.error());
    }

    Image draw(const HeatmapScene &scene)
    {
        if (m_device) {
            Result<Image> image = vulkan::renderOffscreen(*m_device, scene);
            if (image)
                return std::move(*image);
            noteFallback(image.error());
            m_device.reset();
        }
        return paintHeatmap(scene);
    }

private:
    static void noteFallback(const Error &error)
    {
        printMessage("nmscope render", "note: painted without Vulkan: " + error.line());
    }

    std::unique_ptr<vulkan::Device> m_device; // null: painted on the CPU
};

} // namespace

HeatmapDrawer makeHeatmapDrawer()
{
    return [drawer = std::make_shared<Drawer>()](const HeatmapScene &scene) {
        return drawer->draw(scene);
    };
}

} // namespace nms::cli
