// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/documentation_browser.h"

#include "ui/widgets/theme.h"

#include <QTextBlock>
#include <QTextCursor>
#include <QTextFrame>
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

/// What Qt's reader of Markdown leaves out: names of headings, and the looks of code and tables.
void DocumentationBrowser::dress()
{
    const QFont mono = monoFont();
    for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
        QTextCursor cursor(block);
        if (block.blockFormat().headingLevel() > 0 && block.length() > 1) {
            cursor.movePosition(QTextCursor::NextCharacter, QTextCursor::KeepAnchor);
            QTextCharFormat named;
            named.setAnchor(true);
            named.setAnchorNames({anchorOf(block.text())});
            cursor.mergeCharFormat(named);
            cursor.setPosition(block.position());
            QTextBlockFormat spaced = block.blockFormat();
            spaced.setTopMargin(scaled(block.blockFormat().headingLevel() == 1 ? 4 : 18));
            spaced.setBottomMargin(scaled(6));
            cursor.setBlockFormat(spaced);
            continue;
        }
        bool isCode = !block.text().isEmpty();
        for (QTextBlock::iterator part = block.begin(); !part.atEnd(); ++part) {
            const QTextFragment fragment = part.fragment();
            const bool isFixed = fragment.charFormat().fontFixedPitch();
            isCode = isCode && isFixed;
            if (!isFixed)
                continue;
            cursor.setPosition(fragment.position());
            cursor.setPosition(fragment.position() + fragment.length(), QTextCursor::KeepAnchor);
            QTextCharFormat code;
            code.setFontFamilies(mono.families());
            code.setProperty(QTextFormat::FontPixelSize, mono.pixelSize());
            code.setForeground(theme().text);
            cursor.mergeCharFormat(code);
        }
        if (isCode && block.blockFormat().nonBreakableLines()) {
            QTextBlockFormat raised = block.blockFormat();
            raised.setBackground(theme().background);
            raised.setLeftMargin(scaled(12));
            cursor.setPosition(block.position());
            cursor.setBlockFormat(raised);
        }
    }
    for (QTextFrame *frame : document()->rootFrame()->childFrames())
        if (auto *table = qobject_cast<QTextTable *>(frame)) {
            QTextTableFormat format = table->format();
            format.setCellPadding(scaled(5));
            format.setCellSpacing(0);
            format.setBorder(1);
            format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
            format.setBorderBrush(theme().line);
            format.setBorderCollapse(true);
            table->setFormat(format);
        }
}

} // namespace nms
