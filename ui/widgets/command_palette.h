// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDialog>
#include <QList>

class QAction;
class QLineEdit;
class QMenu;
class QStandardItemModel;
class QTreeView;

namespace nms {

/// One action of a menu: "View › Panels › Log".
struct PaletteEntry {
    QString text; // preceded by the menus that contain it
    QAction *action = nullptr;
};

/// Every action under `menu` that runs a command, in the order of the menus. Menus that are filled only when they open are
/// filled first.
QList<PaletteEntry> actionsUnder(QMenu &menu);

/// How well `typed` matches `text`; 0: not at all. Every typed word must match. A match at the beginning of a word counts
/// more; letters that only occur in this order, not side by side, count least.
int matchOf(const QString &typed, const QString &text);

/// A text field above a list of actions: typing filters the list, Enter runs the first action (or the one selected with the
/// arrow keys). GUI thread.
class CommandPalette : public QDialog
{
    Q_OBJECT
public:
    CommandPalette(QList<PaletteEntry> entries, QWidget *parent);

    /// Modal to the window, shown at its top centre; deletes itself when closed.
    void openOver();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void filter(const QString &typed);
    void trigger();

    QList<PaletteEntry> m_entries;
    QLineEdit *m_field;
    QTreeView *m_list;
    QStandardItemModel *m_model;
};

} // namespace nms
