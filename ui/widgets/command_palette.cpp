// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/command_palette.h"

#include <QAction>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QStandardItemModel>
#include <QTimer>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace nms {

static constexpr int entryRole = Qt::UserRole;
static constexpr int widest = 560; // logical pixels
static constexpr int tallest = 420;

static void addActions(QMenu &menu, const QString &path, QList<PaletteEntry> &entries)
{
    emit menu.aboutToShow();
    for (QAction *action : menu.actions()) {
        if (action->isSeparator())
            continue;
        const QString name = action->text().remove(QLatin1Char('&'));
        const QString text = path.isEmpty() ? name : QStringLiteral("%1 › %2").arg(path, name);
        if (QMenu *inner = action->menu())
            addActions(*inner, text, entries);
        else
            entries << PaletteEntry{text, action};
    }
    emit menu.aboutToHide();
}

QList<PaletteEntry> actionsUnder(QMenu &menu)
{
    QList<PaletteEntry> entries;
    addActions(menu, {}, entries);
    return entries;
}

static bool areInOrder(const QString &letters, const QString &text)
{
    qsizetype at = 0;
    for (const QChar letter : letters) {
        at = text.indexOf(letter, at, Qt::CaseInsensitive);
        if (at < 0)
            return false;
        ++at;
    }
    return true;
}

int matchOf(const QString &typed, const QString &text)
{
    int score = 1;
    for (const QString &word : typed.split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
        const qsizetype at = text.indexOf(word, 0, Qt::CaseInsensitive);
        if (at >= 0)
            score += at == 0 || !text[at - 1].isLetterOrNumber() ? 100 : 10;
        else if (areInOrder(word, text))
            score += 1;
        else
            return 0;
    }
    return score;
}

CommandPalette::CommandPalette(QList<PaletteEntry> entries, QWidget *parent)
    : QDialog(parent, Qt::Dialog | Qt::FramelessWindowHint), m_entries(std::move(entries)), m_field(new QLineEdit(this)),
      m_list(new QTreeView(this)), m_model(new QStandardItemModel(this))
{
    setObjectName(QStringLiteral("commandPalette"));
    setWindowTitle(tr("Commands"));
    setAttribute(Qt::WA_DeleteOnClose);
    m_field->setPlaceholderText(tr("Type what you want to do"));
    m_field->setAccessibleName(tr("Command"));
    m_field->setToolTip(tr("Any part of a command's name; Enter runs the one marked, the arrow keys choose"));
    m_field->installEventFilter(this);
    m_list->setModel(m_model);
    m_list->setAccessibleName(tr("Commands"));
    m_list->setToolTip(tr("A click runs the command"));
    m_list->setRootIsDecorated(false);
    m_list->setHeaderHidden(true);
    m_list->setUniformRowHeights(true);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setFocusPolicy(Qt::NoFocus); // the keyboard focus stays in the text field
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(8);
    layout->addWidget(m_field);
    layout->addWidget(m_list, 1);
    connect(m_field, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(m_list, &QAbstractItemView::clicked, this, &CommandPalette::trigger);
    filter({});
    m_list->header()->setStretchLastSection(false);
    m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
}

void CommandPalette::openOver()
{
    const QRect over = parentWidget()->window()->frameGeometry();
    resize(std::min(widest, over.width() - 32), std::min(tallest, over.height() - 96));
    move(over.left() + (over.width() - width()) / 2, over.top() + 64);
    open();
    m_field->setFocus();
}

void CommandPalette::filter(const QString &typed)
{
    QList<std::pair<int, qsizetype>> found; // score, index
    for (qsizetype i = 0; i < m_entries.size(); ++i)
        if (const int score = matchOf(typed, m_entries[i].text))
            found << std::pair(score, i);
    std::stable_sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
    m_model->removeRows(0, m_model->rowCount());
    for (const auto &[score, i] : found) {
        const QAction &action = *m_entries[i].action;
        auto *name = new QStandardItem(action.isChecked() ? m_entries[i].text + QStringLiteral(" ✓") : m_entries[i].text);
        auto *keys = new QStandardItem(action.shortcut().toString(QKeySequence::NativeText));
        keys->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
        for (QStandardItem *item : {name, keys}) {
            item->setData(i, entryRole);
            item->setEnabled(action.isEnabled());
        }
        m_model->appendRow({name, keys});
    }
    m_list->setCurrentIndex(m_model->index(0, 0));
}

bool CommandPalette::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_field && event->type() == QEvent::KeyPress) {
        auto &key = *static_cast<QKeyEvent *>(event);
        const int rows = m_model->rowCount(), row = m_list->currentIndex().row();
        const auto choose = [&](int to) {
            m_list->setCurrentIndex(m_model->index(std::clamp(to, 0, std::max(0, rows - 1)), 0));
            return true;
        };
        switch (key.key()) {
        case Qt::Key_Up:
            return choose(row - 1);
        case Qt::Key_Down:
            return choose(row + 1);
        case Qt::Key_PageUp:
            return choose(row - 10);
        case Qt::Key_PageDown:
            return choose(row + 10);
        case Qt::Key_Return:
        case Qt::Key_Enter:
            trigger();
            return true;
        default:
            break;
        }
    }
    return QDialog::eventFilter(watched, event);
}

void CommandPalette::trigger()
{
    const QModelIndex index = m_list->currentIndex();
    if (!index.isValid() || !(m_model->flags(index) & Qt::ItemIsEnabled))
        return;
    QAction *action = m_entries[index.data(entryRole).toLongLong()].action;
    close();
    QTimer::singleShot(0, action, &QAction::trigger); // run after the window has the focus again
}

} // namespace nms
