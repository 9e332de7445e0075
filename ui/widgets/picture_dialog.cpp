// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/picture_dialog.h"

#include <QCheckBox>
#include <QClipboard>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QGuiApplication>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>

namespace nms {

static constexpr int smallestSide = 64;
static constexpr int largestSide = 16384;

PictureDialog::PictureDialog(PictureSource source, const QString &folder, QWidget *parent)
    : QDialog(parent), m_source(std::move(source)), m_folder(folder), m_width(new QSpinBox(this)),
      m_height(new QSpinBox(this)), m_scale(new QSpinBox(this)), m_transparent(new QCheckBox(tr("transparent ground"), this))
{
    setObjectName(QStringLiteral("pictureDialog"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Picture of %1").arg(m_source.name));
    struct Side {
        QSpinBox *box;
        int value;
        QString name;
        QString hint;
    };
    for (const Side &side :
         {Side{m_width, m_source.size.width(), tr("width"), tr("In points, at which text has its usual size")},
          Side{m_height, m_source.size.height(), tr("height"), tr("In points, at which text has its usual size")}}) {
        side.box->setRange(smallestSide, largestSide);
        side.box->setValue(std::clamp(side.value, smallestSide, largestSide));
        side.box->setAccessibleName(side.name);
        side.box->setToolTip(side.hint);
    }
    m_width->setObjectName(QStringLiteral("pictureWidth"));
    m_height->setObjectName(QStringLiteral("pictureHeight"));
    m_scale->setRange(1, 8);
    m_scale->setValue(2);
    m_scale->setAccessibleName(tr("pixels for each point"));
    m_scale->setToolTip(tr("Of a PNG: 1 for a screen, 2 or more for paper"));
    m_transparent->setToolTip(tr("Only the matrix, lines and text, for a ground of your own"));
    auto *form = new QFormLayout;
    form->addRow(tr("width"), m_width);
    form->addRow(tr("height"), m_height);
    form->addRow(tr("pixels for each point"), m_scale);
    form->addRow(QString(), m_transparent);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    QPushButton *saveButton = buttons->addButton(tr("Save…"), QDialogButtonBox::ActionRole);
    QPushButton *copyButton = buttons->addButton(tr("Copy"), QDialogButtonBox::ActionRole);
    saveButton->setToolTip(tr("As PNG or SVG, by the name's ending"));
    copyButton->setToolTip(tr("To the clipboard"));
    connect(saveButton, &QPushButton::clicked, this, &PictureDialog::save);
    connect(copyButton, &QPushButton::clicked, this, &PictureDialog::copy);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 16, 20, 16);
    layout->setSpacing(16);
    layout->addLayout(form);
    layout->addWidget(buttons);
}

QSize PictureDialog::size() const
{
    return {m_width->value(), m_height->value()};
}

void PictureDialog::copy()
{
    QGuiApplication::clipboard()->setImage(imageOf(m_source, size(), m_scale->value(), m_transparent->isChecked()));
    emit told(true, tr("Copied the picture of %1").arg(m_source.name));
    close();
}

void PictureDialog::save()
{
    QString filter;
    const QString png = tr("PNG (*.png)"), svg = tr("SVG (*.svg)");
    QString name = QFileDialog::getSaveFileName(this, tr("Save picture"),
                                                QDir(m_folder).filePath(m_source.name + QStringLiteral(".png")),
                                                png + QStringLiteral(";;") + svg, &filter);
    if (name.isEmpty())
        return;
    if (QFileInfo(name).suffix().isEmpty())
        name += filter == svg ? QStringLiteral(".svg") : QStringLiteral(".png");
    const Status saved = savePicture(m_source, size(), m_scale->value(), m_transparent->isChecked(), name);
    emit told(bool(saved), saved ? tr("Saved %1").arg(name) : QString::fromStdString(saved.error().line()));
    if (saved)
        close();
}

} // namespace nms
