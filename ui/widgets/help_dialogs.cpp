// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/help_dialogs.h"

#include "ui/widgets/theme.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QIcon>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace nms {

static QVBoxLayout *openDialog(QWidget *parent, const QString &title, QDialog *&dialog)
{
    dialog = new QDialog(parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    auto *layout = new QVBoxLayout(dialog);
    layout->setContentsMargins(24, 20, 24, 16);
    layout->setSpacing(16);
    return layout;
}

static void finish(QDialog *dialog, QVBoxLayout *layout)
{
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
    layout->addWidget(buttons);
    dialog->open();
}

void showShortcuts(QWidget *parent, const QList<ShortcutSection> &sections)
{
    QDialog *dialog = nullptr;
    QVBoxLayout *layout = openDialog(parent, QObject::tr("Keyboard and mouse"), dialog);
    auto *columns = new QHBoxLayout;
    columns->setSpacing(40);
    for (const ShortcutSection &section : sections) {
        auto *grid = new QGridLayout;
        grid->setHorizontalSpacing(16);
        grid->setVerticalSpacing(6);
        auto *title = new QLabel(section.title, dialog);
        title->setObjectName(QStringLiteral("panelTitle"));
        grid->addWidget(title, 0, 0, 1, 2);
        int row = 1;
        for (const auto &[key, meaning] : section.keys) {
            auto *name = new QLabel(key, dialog);
            name->setFont(monoFont(12));
            name->setObjectName(QStringLiteral("muted"));
            grid->addWidget(name, row, 0);
            grid->addWidget(new QLabel(meaning, dialog), row, 1);
            ++row;
        }
        grid->setRowStretch(row, 1);
        columns->addLayout(grid);
    }
    layout->addLayout(columns);
    finish(dialog, layout);
}

void showAbout(QWidget *parent, const QString &viewportDevice, const QStringList &backends)
{
    QDialog *dialog = nullptr;
    QVBoxLayout *layout = openDialog(parent, QObject::tr("About nmscope"), dialog);
    auto *head = new QHBoxLayout;
    head->setSpacing(16);
    auto *icon = new QLabel(dialog);
    icon->setPixmap(QIcon(QStringLiteral(":/icons/nmscope.svg")).pixmap(56, 56));
    head->addWidget(icon, 0, Qt::AlignTop);
    auto *text = new QLabel(dialog);
    text->setTextFormat(Qt::RichText);
    text->setOpenExternalLinks(true);
    text->setWordWrap(true);
    text->setMinimumWidth(400);
    text->setText(QObject::tr("<p><b>nmscope %1</b></p>"
                              "<p>Finds, watches and explains transposable N:M sparse masks: keep N of every M, along rows "
                              "and along columns of every M×M tile.</p>"
                              "<p>The transport method is TSENOR's: Meng, Makni, Mazumder, NeurIPS 2025 "
                              "(<a href='https://arxiv.org/abs/2505.23949'>arXiv 2505.23949</a>).</p>"
                              "<p>Solvers here: %2<br>Viewport: %3</p>"
                              "<p>Apache License 2.0</p>")
                      .arg(QStringLiteral(NMS_VERSION), backends.join(QStringLiteral(", ")).toHtmlEscaped(),
                           viewportDevice.toHtmlEscaped()));
    head->addWidget(text, 1);
    layout->addLayout(head);
    finish(dialog, layout);
}

} // namespace nms
