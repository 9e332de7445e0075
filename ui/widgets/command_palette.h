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
    QString text; // with the menus that lead there
    QAction *action = nullptr;
};

/// Every action under `menu` that does something, in the order of the menus. Menus that are filled when they open are
/// filled.
QList<PaletteEntry> actionsUnder(QMenu &menu);

/// How well `typed` fits `text`, 0: not at all. Every word must be there; words at the beginning of words count more, and
/// letters that merely follow one another count least.
int matchOf(const QString &typed, const QString &text);

/// A field over a list of actions: typing filters, Enter does the first (or the one chosen by the arrow keys). GUI thread.
class CommandPalette : public QDialog
{
    Q_OBJECT
public:
    CommandPalette(QList<PaletteEntry> entries, QWidget *parent);

    /// Modal to the window, in its upper middle; deletes itself when closed.
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
