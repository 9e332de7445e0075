// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/vulkan_viewport.h"

#include "ui/viewport/painted_viewport.h"
#include "ui/viewport/viewport.h"

#include <QEvent>
#include <QGuiApplication>
#include <QPointer>
#include <QScreen>
#include <QVBoxLayout>
#include <QVulkanInstance>

namespace nms {

static constexpr int vulkanDepth = 24; // bits per pixel; with fewer, drivers present nothing and report no error

class Viewport::Private
{
public:
    Private(Viewport *viewport, Workspace &shared) : q(viewport), workspace(shared) { }

    /// Creates the instance; returns the reason why there is none, empty on success.
    QString createInstance();
    void showVulkan();
    void showPainted(const QString &why);
    ViewportStage &stage();
    void connectStage();
    void followTheme();

    Viewport *q;
    Workspace &workspace;
    QVBoxLayout *layout = nullptr;
    QVulkanInstance instance; // must outlive the window
    QString reason;
    QPointer<VulkanViewport> vulkan; // belongs to `container`
    QWidget *container = nullptr;
    PaintedViewport *painted = nullptr;
};

QString Viewport::Private::createInstance()
{
    if (qEnvironmentVariableIntValue("NMS_VALIDATION") == 1)
        instance.setLayers({"VK_LAYER_KHRONOS_validation"});
    instance.setApiVersion({1, 0}); // also the default, but the validation layer reads an unset version as 0.0
    instance.setExtensions(extensionNames(vulkan::sharingInstanceExtensions())); // only the available ones
    if (instance.create())
        return {};
    const QString platform = QGuiApplication::platformName();
    if (platform == QLatin1String("offscreen") || platform == QLatin1String("minimal"))
        return tr("Painted without Vulkan: the Qt platform “%1” has none.").arg(platform);
    return tr("Painted without Vulkan: no driver was found (error %1). On Debian: apt install mesa-vulkan-drivers, "
              "or your graphics card's own driver.")
        .arg(int(instance.errorCode()));
}

void Viewport::Private::showVulkan()
{
    vulkan = new VulkanViewport(workspace, instance, q->devicePixelRatioF());
    container = QWidget::createWindowContainer(vulkan, q);
    container->setFocusPolicy(Qt::StrongFocus);
    q->setFocusProxy(container);
    layout->addWidget(container);
    connectStage();
    connect(vulkan, &VulkanViewport::failed, q, [this](const QString &why) {
        delete container; // also deletes the window
        container = nullptr;
        showPainted(why);
        followTheme();
    });
}

void Viewport::Private::showPainted(const QString &why)
{
    reason = why;
    painted = new PaintedViewport(workspace, why, q);
    q->setFocusProxy(painted);
    layout->addWidget(painted);
    connectStage();
    painted->show(); // at once: it may replace a window that was visible
    layout->activate();
}

ViewportStage &Viewport::Private::stage()
{
    return painted ? painted->stage() : vulkan->stage();
}

void Viewport::Private::connectStage()
{
    // The connections that open dialogs are queued: a dialog must not open in the middle of a frame.
    connect(&stage(), &ViewportStage::leaveWanted, q, [this](bool forward) {
        q->window()->activateWindow(); // keyboard input returns from the embedded native window to the main window
        q->focusNextPrevChild(forward);
    });
    connect(&stage().controller(), &ViewportController::copyWanted, q, &Viewport::copyWanted, Qt::QueuedConnection);
    connect(&stage().controller(), &ViewportController::breakpointEditWanted, q, &Viewport::breakpointEditWanted,
            Qt::QueuedConnection);
    connect(&stage().controller(), &ViewportController::rangeEditWanted, q, &Viewport::rangeEditWanted,
            Qt::QueuedConnection);
}

void Viewport::Private::followTheme()
{
    stage().setLight(q->palette().color(QPalette::Window).lightness() > 127);
}

Viewport::Viewport(Workspace &workspace, bool forcePainted, QWidget *parent)
    : QWidget(parent), d(std::make_unique<Private>(this, workspace))
{
    d->layout = new QVBoxLayout(this);
    d->layout->setContentsMargins(0, 0, 0, 0);
    QString why;
    if (forcePainted)
        why = tr("Painted without Vulkan, as asked for.");
    else if (qEnvironmentVariableIntValue("NMS_NO_VULKAN") == 1)
        why = tr("Painted without Vulkan: NMS_NO_VULKAN is set.");
    else if (const int depth = QGuiApplication::primaryScreen()->depth(); depth < vulkanDepth)
        why = tr("Painted without Vulkan: the screen has %1 bits a pixel, and Vulkan needs %2.").arg(depth).arg(vulkanDepth);
    else
        why = d->createInstance();
    if (why.isEmpty())
        d->showVulkan();
    else
        d->showPainted(why);
    d->followTheme();
}

Viewport::~Viewport()
{
    delete d->container; // before the instance is destroyed
}

void Viewport::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::ApplicationPaletteChange)
        d->followTheme();
}

QString Viewport::fallbackReason() const
{
    return d->reason;
}

QString Viewport::deviceName() const
{
    return d->painted ? QStringLiteral("painted") : d->vulkan->deviceName();
}

QImage Viewport::grabImage()
{
    return d->painted ? d->painted->grabImage() : d->vulkan->grabImage();
}

bool Viewport::isComplete() const
{
    return d->stage().controller().isComplete();
}

ViewPicture Viewport::picture(QSize size) const
{
    return d->stage().controller().picture(size.width(), size.height());
}

QString Viewport::pictureName() const
{
    static const char *const names[] = {"weights", "score", "plan", "mask", "error"};
    return QString::fromLatin1(names[int(d->workspace.view())]);
}

Viewport::CopiedValues Viewport::copiedValues() const
{
    const ViewportController &controller = d->stage().controller();
    CopiedValues values;
    const auto region = controller.copiedRegion();
    if (!region) {
        values.refusal = tr("Nothing to copy: draw a region with Shift and the mouse, or select a tile");
        return values;
    }
    values.count = region->count();
    if (region->count() > mostCopiedEntries) {
        values.refusal = tr("The region has %1 entries; %2 can be copied").arg(region->count()).arg(mostCopiedEntries);
        return values;
    }
    values.text = controller.copiedText();
    if (values.text.isEmpty())
        values.refusal = tr("This view has no values there");
    return values;
}

LegendRange Viewport::legendRange() const
{
    return d->stage().controller().legendRange();
}

void Viewport::setLegendRange(const std::optional<ValueScale> &scale)
{
    d->stage().controller().setLegendRange(scale);
}

std::optional<CameraPlace> Viewport::cameraPlace() const
{
    return d->stage().controller().cameraPlace();
}

void Viewport::setCameraPlace(const CameraPlace &place)
{
    d->stage().controller().setCameraPlace(place);
}

void Viewport::fitAll()
{
    d->stage().controller().fitAll();
}

void Viewport::zoomBy(double factor)
{
    d->stage().controller().zoomBy(factor);
}

void Viewport::setTextScale(double scale)
{
    d->stage().setTextScale(scale);
}

void Viewport::setFlying(bool flies)
{
    d->stage().controller().setFlying(flies);
}

void Viewport::goToTile(std::int64_t tile)
{
    d->stage().controller().goToTile(tile);
}

} // namespace nms
