// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/vulkan_viewport.h"

#include "ui/viewport/painted_viewport.h"
#include "ui/viewport/viewport.h"

#include <QEvent>
#include <QGuiApplication>
#include <QPointer>
#include <QVBoxLayout>
#include <QVulkanInstance>

namespace nms {

class Viewport::Private
{
public:
    Private(Viewport *viewport, Workspace &shared) : q(viewport), workspace(shared) { }

    /// Empty when the instance is there.
    QString createInstance();
    void showVulkan();
    void showPainted(const QString &why);
    ViewportStage &stage();
    void followTheme();

    Viewport *q;
    Workspace &workspace;
    QVBoxLayout *layout = nullptr;
    QVulkanInstance instance; // outlives the window in it
    QString reason;
    QPointer<VulkanViewport> vulkan; // belongs to `container`
    QWidget *container = nullptr;
    PaintedViewport *painted = nullptr;
};

QString Viewport::Private::createInstance()
{
    if (qEnvironmentVariableIntValue("NMS_VALIDATION") == 1)
        instance.setLayers({"VK_LAYER_KHRONOS_validation"});
    instance.setApiVersion({1, 0}); // which none means, too, but the validation layer takes none for 0.0
    instance.setExtensions(extensionNames(vulkan::sharingInstanceExtensions())); // those that are there
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
    connect(vulkan, &VulkanViewport::failed, q, [this](const QString &why) {
        delete container; // and the window with it
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
    painted->show(); // at once: it may take the place of a window that was seen
    layout->activate();
}

ViewportStage &Viewport::Private::stage()
{
    return painted ? painted->stage() : vulkan->stage();
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
    delete d->container; // before the instance
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

void Viewport::fitAll()
{
    d->stage().controller().fitAll();
}

void Viewport::zoomBy(double factor)
{
    d->stage().controller().zoomBy(factor);
}

void Viewport::goToTile(std::int64_t tile)
{
    d->stage().controller().goToTile(tile);
}

} // namespace nms
