// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/documentation_window.h"

#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QRegularExpression>
#include <QShortcut>
#include <QTextDocument>
#include <QVBoxLayout>

namespace nms {

static QString titleOf(const QString &markdown)
{
    static const QRegularExpression heading(QStringLiteral("^# (.+)$"), QRegularExpression::MultilineOption);
    return heading.match(markdown).captured(1);
}

DocumentationWindow::DocumentationWindow(const DocumentationPages &pages, QWidget *parent)
    : QDialog(parent), m_page(new DocumentationBrowser(pages, this)), m_contents(new QListWidget(this)),
      m_find(new QLineEdit(this))
{
    setWindowTitle(tr("Documentation – nmscope"));
    setWindowFlag(Qt::WindowMinMaxButtonsHint);
    resize(scaled(1000), scaled(760));

    const auto button = [this](const QString &text, const QString &hint) {
        auto *made = new QPushButton(text, this);
        made->setToolTip(hint);
        made->setAccessibleName(hint);
        made->setAutoDefault(false);
        made->setEnabled(false);
        return made;
    };
    QPushButton *back = button(tr("Back"), tr("To the page before (Alt+Left)"));
    QPushButton *forward = button(tr("Forward"), tr("To the next page (Alt+Right)"));
    connect(back, &QPushButton::clicked, m_page, &QTextBrowser::backward);
    connect(forward, &QPushButton::clicked, m_page, &QTextBrowser::forward);
    connect(m_page, &QTextBrowser::backwardAvailable, back, &QWidget::setEnabled);
    connect(m_page, &QTextBrowser::forwardAvailable, forward, &QWidget::setEnabled);

    m_find->setPlaceholderText(tr("Find in this page"));
    m_find->setToolTip(tr("Enter finds the next place, Shift+Enter the one before"));
    m_find->setAccessibleName(tr("Find in this page"));
    m_find->setClearButtonEnabled(true);
    m_find->setMaximumWidth(scaled(260));
    connect(m_find, &QLineEdit::returnPressed, this, [this] { find(false); });
    connect(new QShortcut(QKeySequence(Qt::ShiftModifier | Qt::Key_Return), m_find), &QShortcut::activated, this,
            [this] { find(true); });
    connect(new QShortcut(QKeySequence::Find, this), &QShortcut::activated, m_find, qOverload<>(&QWidget::setFocus));

    m_contents->setObjectName(QStringLiteral("contents"));
    m_contents->setAccessibleName(tr("Contents"));
    m_contents->setToolTip(tr("The pages of the documentation"));
    m_contents->setFixedWidth(scaled(210));
    m_contents->setFrameShape(QFrame::NoFrame);
    fillContents(pages);
    connect(m_contents, &QListWidget::currentItemChanged, this, [this](const QListWidgetItem *item) {
        if (item != nullptr && item->data(Qt::UserRole).toString() != m_page->source().path())
            m_page->setSource(QUrl(item->data(Qt::UserRole).toString()));
    });
    connect(m_page, &QTextBrowser::sourceChanged, this, [this](const QUrl &source) {
        for (int row = 0; row < m_contents->count(); ++row)
            if (m_contents->item(row)->data(Qt::UserRole).toString() == source.path())
                m_contents->setCurrentRow(row);
    });

    m_page->setAccessibleName(tr("Page"));
    auto *bar = new QHBoxLayout;
    bar->addWidget(back);
    bar->addWidget(forward);
    bar->addStretch();
    bar->addWidget(m_find);
    auto *columns = new QHBoxLayout;
    columns->addWidget(m_contents);
    columns->addWidget(m_page, 1);
    auto *layout = new QVBoxLayout(this);
    layout->addLayout(bar);
    layout->addLayout(columns, 1);
}

void DocumentationWindow::fillContents(const DocumentationPages &pages)
{
    const QString index = QStringLiteral("index.md");
    QStringList names{index};
    static const QRegularExpression link(QStringLiteral("\\]\\(([a-z]+\\.md)\\)"));
    auto match = link.globalMatch(pages(index).value_or(QString()));
    while (match.hasNext())
        names << match.next().captured(1);
    names.removeDuplicates();
    for (const QString &name : names) {
        auto *item = new QListWidgetItem(name == index ? tr("Start") : titleOf(pages(name).value_or(QString())), m_contents);
        item->setData(Qt::UserRole, name);
    }
}

void DocumentationWindow::openAt(const QString &place)
{
    m_page->setSource(QUrl(place));
    show();
    raise();
    activateWindow();
    m_page->setFocus();
}

/// From the cursor on, and once around the end.
void DocumentationWindow::find(bool backwards)
{
    const QTextDocument::FindFlags flags = backwards ? QTextDocument::FindBackward : QTextDocument::FindFlags();
    if (m_page->find(m_find->text(), flags))
        return;
    QTextCursor around = m_page->textCursor();
    around.movePosition(backwards ? QTextCursor::End : QTextCursor::Start);
    m_page->setTextCursor(around);
    m_page->find(m_find->text(), flags);
}

} // namespace nms
