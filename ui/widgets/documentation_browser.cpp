// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/documentation_browser.h"

#include "ui/widgets/theme.h"

#include <QTextBlock>
#include <QTextCursor>
#include <QTextFragment>
#include <QTextFrame>
#include <QTextList>
#include <QTextTable>

#include <utility>

namespace nms {

QString anchorOf(const QString &heading)
{
    QString anchor;
    for (const QChar letter : heading.toLower()) {
        if ((letter >= QLatin1Char('a') && letter <= QLatin1Char('z')) || letter.isDigit())
            anchor += letter;
        else if ((letter.isSpace() || letter == QLatin1Char('-')) && !anchor.endsWith(QLatin1Char('-')))
            anchor += QLatin1Char('-');
    }
    return anchor;
}

DocumentationBrowser::DocumentationBrowser(DocumentationPages pages, QWidget *parent)
    : QTextBrowser(parent), m_pages(std::move(pages))
{
    setOpenExternalLinks(true);
    setFrameShape(QFrame::NoFrame);
    document()->setDocumentMargin(scaled(20));
    connect(&themeSwitch(), &ThemeSwitch::changed, this, [this] { reload(); });
}

QVariant DocumentationBrowser::loadResource(int type, const QUrl &name)
{
    if (type != QTextDocument::MarkdownResource)
        return {};
    const std::optional<QString> text = m_pages(name.path());
    return text
        ? *text
        : tr("# Not found\n\nThere is no page \"%1\": the documentation is not installed completely.").arg(name.path());
}

void DocumentationBrowser::doSetSource(const QUrl &name, QTextDocument::ResourceType type)
{
    QTextBrowser::doSetSource(name, type);
    dress();
    // The anchors are new, so the base class did not find this one.
    if (name.hasFragment())
        scrollToAnchor(name.fragment());
}

static bool isCode(const QTextBlockFormat &format)
{
    return format.nonBreakableLines() || format.hasProperty(QTextFormat::BlockCodeFence) ||
        format.hasProperty(QTextFormat::BlockCodeLanguage);
}

static QTextCharFormat codeFormat()
{
    const QFont mono = monoFont();
    QTextCharFormat format;
    format.setFontFamilies(mono.families());
    format.setProperty(QTextFormat::FontPixelSize, mono.pixelSize());
    format.setForeground(theme().text);
    return format;
}

/// A name for links, and distances.
static void dressHeading(QTextCursor cursor)
{
    QTextBlockFormat format = cursor.blockFormat();
    format.setTopMargin(scaled(format.headingLevel() == 1 ? 4 : 20));
    format.setBottomMargin(scaled(8));
    cursor.setBlockFormat(format);
    QTextCharFormat named;
    named.setAnchor(true);
    named.setAnchorNames({anchorOf(cursor.block().text())});
    cursor.movePosition(QTextCursor::NextCharacter, QTextCursor::KeepAnchor);
    cursor.mergeCharFormat(named);
}

/// A line of a block of code; only the first and the last have a margin.
static void dressCode(QTextCursor cursor)
{
    const QTextBlock block = cursor.block();
    const auto isEnd = [](const QTextBlock &neighbour) {
        return !neighbour.isValid() || !isCode(neighbour.blockFormat());
    };
    QTextBlockFormat format = block.blockFormat();
    format.setBackground(theme().raised);
    format.setLeftMargin(scaled(12));
    format.setTopMargin(isEnd(block.previous()) ? scaled(4) : 0);
    format.setBottomMargin(isEnd(block.next()) ? scaled(10) : 0);
    cursor.setBlockFormat(format);
    cursor.select(QTextCursor::BlockUnderCursor);
    cursor.mergeCharFormat(codeFormat());
}

/// A paragraph, an item of a list or a cell of a table, and the code in it.
static void dressText(QTextCursor cursor)
{
    const QTextBlock block = cursor.block();
    QTextBlockFormat format = block.blockFormat();
    const int below = cursor.currentTable() != nullptr ? 0 : block.textList() != nullptr ? scaled(4) : scaled(10);
    format.setTopMargin(0);
    format.setBottomMargin(below);
    format.setLineHeight(125, QTextBlockFormat::ProportionalHeight);
    cursor.setBlockFormat(format);
    QList<QTextFragment> fragments; // first collected, since formats cut them
    for (QTextBlock::iterator part = block.begin(); !part.atEnd(); ++part)
        fragments << part.fragment();
    for (const QTextFragment &fragment : fragments)
        if (fragment.charFormat().fontFixedPitch()) {
            cursor.setPosition(fragment.position());
            cursor.setPosition(fragment.position() + fragment.length(), QTextCursor::KeepAnchor);
            cursor.mergeCharFormat(codeFormat());
        }
}

static void dressTable(QTextTable &table)
{
    QTextTableFormat format = table.format();
    format.setCellPadding(scaled(5));
    format.setCellSpacing(0);
    format.setBorder(1);
    format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
    format.setBorderBrush(theme().line);
    format.setBorderCollapse(true);
    format.setBottomMargin(scaled(10));
    table.setFormat(format);
}

/// What Qt's reader of Markdown leaves out: names of headings, distances, the looks of code and tables.
void DocumentationBrowser::dress()
{
    for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
        const QTextCursor cursor(block);
        if (block.blockFormat().headingLevel() > 0)
            dressHeading(cursor);
        else if (isCode(block.blockFormat()))
            dressCode(cursor);
        else
            dressText(cursor);
    }
    for (QTextFrame *frame : document()->rootFrame()->childFrames())
        if (auto *table = qobject_cast<QTextTable *>(frame))
            dressTable(*table);
}

} // namespace nms
