// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <QPair>
#include <QString>

class QWidget;

namespace nms {

/// Lists the keys and what they do, in sections. Both dialogs are window-modal and delete themselves.
struct ShortcutSection {
    QString title;
    QList<QPair<QString, QString>> keys;
};
void showShortcuts(QWidget *parent, const QList<ShortcutSection> &sections);
void showAbout(QWidget *parent, const QString &viewportDevice, const QStringList &backends);

} // namespace nms
