// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDockWidget>

class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace nms {

/// A plain dock: a small heading instead of a title bar, and a margin of 12 px around its content. It scrolls when it is
/// smaller than its content, so that no panel limits how small the window can be, or makes it larger.
class PanelDock : public QDockWidget
{
    Q_OBJECT
public:
    enum class Heading { Shown, InTab }; // InTab: its tab shows the title

    /// `id` is the name under which the layout is remembered.
    PanelDock(const QString &title, const QString &id, Heading heading, QWidget *parent = nullptr);

    /// In a tab, which shows the title, the heading is hidden unless it differs from the title.
    void setTabbed(bool isTabbed);
    int contentWidth() const; // the width that needs no scrolling
    /// A line above the content that says what it is of; an empty text takes it away.
    void setNote(const QString &text);

protected:
    QVBoxLayout *body() const { return m_body; }
    QHBoxLayout *headingRow() const { return m_headingRow; } // null with InTab
    void setHeading(const QString &text); // the dock's title in menus stays the same

private:
    void showHeading();

    QVBoxLayout *m_body = nullptr;
    QLabel *m_note = nullptr; // where there has been one
    QHBoxLayout *m_headingRow = nullptr;
    QLabel *m_heading = nullptr;
    bool m_isTabbed = false;
};

} // namespace nms
