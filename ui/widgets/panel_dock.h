// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDockWidget>

class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace nms {

/// A quiet dock: a small heading in place of a title bar, 12 px around what is in it. Smaller than its content it scrolls:
/// no panel keeps the window from being small, or makes it larger.
class PanelDock : public QDockWidget
{
    Q_OBJECT
public:
    enum class Heading { Shown, InTab }; // InTab: the tab above it says the name

    /// `id` is the name under which the layout is remembered.
    PanelDock(const QString &title, const QString &id, Heading heading, QWidget *parent = nullptr);

    /// In a tab that says its title the heading is left out, unless it says something else.
    void setTabbed(bool isTabbed);
    int contentWidth() const; // that needs no scrolling

protected:
    QVBoxLayout *body() const { return m_body; }
    QHBoxLayout *headingRow() const { return m_headingRow; } // null with InTab
    void setHeading(const QString &text); // the title stays, for menus

private:
    void showHeading();

    QVBoxLayout *m_body = nullptr;
    QHBoxLayout *m_headingRow = nullptr;
    QLabel *m_heading = nullptr;
    bool m_isTabbed = false;
};

} // namespace nms
