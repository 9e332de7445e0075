// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/picture_source.h"

#include <QDialog>

class QCheckBox;
class QSpinBox;

namespace nms {

/// Size and ground of a picture, and what to do with it: copy, or save as PNG or SVG. Where it was saved, or why it could
/// not be, is told by told(). GUI thread.
class PictureDialog : public QDialog
{
    Q_OBJECT
public:
    /// Begins with the size on the screen; `folder` is where the file dialog begins.
    PictureDialog(PictureSource source, const QString &folder, QWidget *parent);

signals:
    void told(bool isDone, const QString &text);

private:
    QSize size() const;
    void copy();
    void save();

    PictureSource m_source;
    QString m_folder;
    QSpinBox *m_width;
    QSpinBox *m_height;
    QSpinBox *m_scale;
    QCheckBox *m_transparent;
};

} // namespace nms
