// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDockWidget>

class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace nms {

/// A quiet dock: a small heading in place of a title bar, 12 px around what is in it.
class PanelDock : public QDockWidget
{
    Q_OBJECT
public:
    enum class Heading { Shown, InTab }; // InTab: the tab above it says the name

    /// `id` is the name under which the layout is remembered.
    PanelDock(const QString &title, const QString &id, Heading heading, QWidget *parent = nullptr);

protected:
    QVBoxLayout *body() const { return m_body; }
    QHBoxLayout *headingRow() const { return m_headingRow; } // null with InTab
    void setHeading(const QString &text); // the title stays, for menus

private:
    QVBoxLayout *m_body = nullptr;
    QHBoxLayout *m_headingRow = nullptr;
    QLabel *m_heading = nullptr;
};

} // namespace nms
