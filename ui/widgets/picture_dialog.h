// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/picture_source.h"

#include <QDialog>

class QCheckBox;
class QSpinBox;

namespace nms {

/// Asks for the size and background of a picture, and whether to copy it or to save it as PNG or SVG. The signal told()
/// reports where it was saved, or why this failed. GUI thread.
class PictureDialog : public QDialog
{
    Q_OBJECT
public:
    /// Begins with the size on the screen; `folder` is the first folder of the file dialog.
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
