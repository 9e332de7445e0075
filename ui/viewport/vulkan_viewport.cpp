// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/vulkan_viewport.h"

#include "ui/viewport/vulkan_frame.h"

#include <QTimer>

namespace nms {

namespace {

constexpr int initialisationMs = 2000; // after the first exposure

} // namespace

QByteArrayList extensionNames(const std::vector<const char *> &names)
{
    return {names.begin(), names.end()};
}

VulkanViewport::VulkanViewport(Workspace &workspace, QVulkanInstance &instance, double devicePixelRatio)
    : m_stage(workspace, devicePixelRatio)
{
    setVulkanInstance(&instance);
    setPreferredColorFormats({VK_FORMAT_B8G8R8A8_UNORM}); // the sRGB default would wash the colours out
    setFlags(QVulkanWindow::PersistentResources);
    setDeviceExtensions(extensionNames(vulkan::sharingDeviceExtensions())); // only the available ones
    connect(&m_stage, &ViewportStage::frameWanted, this, &QWindow::requestUpdate);
    connect(&m_stage, &ViewportStage::cursorWanted, this, [this](Qt::CursorShape shape) { setCursor(shape); });
}

VulkanViewport::~VulkanViewport() = default;

QVulkanWindowRenderer *VulkanViewport::createRenderer()
{
    m_frame = new VulkanFrame(*this, m_stage, [this](const QString &reason) { fail(reason); });
    return m_frame;
}

QString VulkanViewport::deviceName() const
{
    return isValid() ? QString::fromUtf8(physicalDeviceProperties()->deviceName) : QString();
}

QImage VulkanViewport::grabImage()
{
    if (!isValid() || !supportsGrab())
        return {};
    if (m_frame)
        m_frame->waitForTurn();
    // Qt reads BGRA as RGBA. Only later versions of Qt correct that in the return value of grab(), but in all versions the
    // image of the signal is uncorrected.
    QImage read;
    const auto connection = connect(this, &QVulkanWindow::frameGrabbed, this, [&](const QImage &image) { read = image; });
    grab();
    disconnect(connection);
    return read.rgbSwapped();
}

void VulkanViewport::fail(const QString &reason)
{
    if (m_failed)
        return;
    m_failed = true;
    // Queued: the window must not be destroyed during its own frame.
    QMetaObject::invokeMethod(
        this, [this, reason] { emit failed(reason); }, Qt::QueuedConnection);
}

bool VulkanViewport::event(QEvent *event)
{
    if (m_stage.handleEvent(event)) {
        event->accept();
        return true;
    }
    if (m_frame && event->type() == QEvent::UpdateRequest) // Qt begins a frame with this event
        m_frame->waitForTurn();
    return QVulkanWindow::event(event);
}

void VulkanViewport::exposeEvent(QExposeEvent *event)
{
    QVulkanWindow::exposeEvent(event);
    // QVulkanWindow reports a missing device or swapchain only by staying invalid.
    QTimer::singleShot(initialisationMs, this, [this] {
        if (isExposed() && !isValid())
            fail(QStringLiteral("No Vulkan device can draw into this window; drawing goes on without Vulkan. "
                                "Debian's software driver is in the package mesa-vulkan-drivers."));
    });
}

} // namespace nms
