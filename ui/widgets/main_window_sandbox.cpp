// SPDX-License-Identifier: Apache-2.0
// MainWindow: the sandbox in the place of the viewport, and its commands.
#include "core/sandbox/tile_catalog.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/main_window.h"
#include "ui/widgets/sandbox_menu.h"
#include "ui/widgets/sandbox_page.h"

#include <QBoxLayout>
#include <QMenu>

namespace nms {

void MainWindow::addSandbox(QMenu *menu)
{
    Sandbox &sandbox = Sandbox::of(m_workspace);
    addCommand(menu, tr("New tile"), {QKeySequence::New}, [this, &sandbox] {
        randomTileInto(sandbox);
        showSandbox();
    });
    addTiles(
        *menu->addMenu(tr("New tile from")), sandbox, [this] { showSandbox(); },
        [this](const QString &text) { takeMessage(MessageLevel::Warning, text); });
    addCommand(menu, tr("Save tile"), {}, [this] { showSandbox().save(); });
    addCommand(menu, tr("Save tile as…"), {}, [this] { showSandbox().saveAs(); });
}

SandboxPage &MainWindow::showSandbox()
{
    if (!m_sandbox) {
        m_sandbox = new SandboxPage(m_workspace, m_viewport->parentWidget());
        static_cast<QBoxLayout *>(m_viewport->parentWidget()->layout())->addWidget(m_sandbox, 1);
        connect(m_sandbox, &SandboxPage::closed, this, &MainWindow::showMatrix);
        connect(m_sandbox, &SandboxPage::message, this,
                [this](MessageLevel level, const QString &text) { takeMessage(level, text); });
        // Whoever wants to see something of the matrix wants the viewport.
        connect(&m_workspace, &Workspace::viewChanged, m_sandbox, [this] { showMatrix(); });
        connect(&m_workspace, &Workspace::flyRequested, m_sandbox, [this] { showMatrix(); });
    }
    m_viewport->hide();
    m_sandbox->show();
    m_sandbox->takeFocus();
    return *m_sandbox;
}

void MainWindow::showMatrix()
{
    if (!shownSandbox())
        return;
    m_sandbox->hide();
    m_viewport->show();
    m_viewport->setFocus();
}

SandboxPage *MainWindow::shownSandbox() const
{
    return m_sandbox && m_sandbox->isVisibleTo(this) ? m_sandbox : nullptr;
}

void MainWindow::toggleSandbox()
{
    if (shownSandbox())
        showMatrix();
    else
        showSandbox();
}

void MainWindow::openTile(const QString &nameOrFile)
{
    Sandbox &sandbox = Sandbox::of(m_workspace);
    if (const auto builtIn = builtInTile(nameOrFile.toStdString())) {
        sandbox.setTile(*builtIn, QString::fromStdString(builtIn->name));
    } else if (const Status opened = sandbox.open(nameOrFile); !opened) {
        takeMessage(MessageLevel::Error, QString::fromStdString(opened.error().line()));
        return;
    } else {
        noteRecent(nameOrFile);
    }
    showSandbox();
}

} // namespace nms
