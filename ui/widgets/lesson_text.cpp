// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/lesson_text.h"

#include "ui/widgets/formula_picture.h"
#include "ui/widgets/theme.h"

#include <QAbstractTextDocumentLayout>
#include <QDir>
#include <QEvent>
#include <QFileInfo>
#include <QImageReader>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextList>
#include <QTextTable>

#include <cmath>

namespace nms {

namespace {

const QString formulaScheme = QStringLiteral("formula:");
constexpr int textSize = 14; // pixels at a scale of 1
constexpr int widestImage = 2000; // pixels

} // namespace

LessonText::LessonText(Height height, QWidget *parent) : QTextBrowser(parent), m_height(height)
{
    setFrameShape(NoFrame);
    setOpenLinks(false);
    setOpenExternalLinks(false);
    setUndoRedoEnabled(false);
    setObjectName(QStringLiteral("lessonText"));
    document()->setDocumentMargin(2);
    viewport()->setAutoFillBackground(false);
    if (m_height == Height::FitsText) {
        setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        setFocusPolicy(Qt::NoFocus);
    }
    connect(&themeSwitch(), &ThemeSwitch::changed, this, &LessonText::render);
}

void LessonText::setText(const lesson::Lesson &lesson, const lesson::Markdown &text)
{
    m_markdown = QString::fromStdString(text);
    m_folder = QFileInfo(QString::fromStdString(lesson.file)).absolutePath();
    m_images.clear();
    for (const std::string &image : lesson.images)
        m_images << QString::fromStdString(image);
    m_formulas = lesson.formulas;
    render();
    verticalScrollBar()->setValue(0);
}

void LessonText::setScale(double scale)
{
    m_scale = scale;
    render();
}

void LessonText::render()
{
    m_isRendering = true;
    QFont font = this->font();
    font.setPixelSize(int(std::lround(scaled(textSize) * m_scale)));
    document()->clear();
    document()->setDefaultFont(font);
    document()->setMarkdown(
        m_markdown, QTextDocument::MarkdownFeatures(QTextDocument::MarkdownDialectGitHub) | QTextDocument::MarkdownNoHTML);
    spaceParagraphs();
    drawFormulas();
    styleTables();
    m_isRendering = false;
    fitHeight();
}

/// Qt computes the distances of paragraphs from a size in points, which a font with a size in pixels does not have.
void LessonText::spaceParagraphs()
{
    const double em = document()->defaultFont().pixelSize();
    for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
        QTextCursor cursor(block);
        QTextBlockFormat format = block.blockFormat();
        const bool isClose = cursor.currentTable() || (block.textList() && block.next().textList());
        format.setTopMargin(0);
        format.setBottomMargin(isClose ? 0.2 * em : 0.7 * em);
        format.setLineHeight(118, QTextBlockFormat::ProportionalHeight);
        cursor.setBlockFormat(format);
    }
}

/// Replaces the images that stand for formulas by their pictures.
void LessonText::drawFormulas()
{
    struct Place {
        int position;
        std::size_t formula;
        QTextCharFormat format;
    };
    std::vector<Place> places;
    for (QTextBlock block = document()->begin(); block.isValid(); block = block.next())
        for (QTextBlock::iterator it = block.begin(); !it.atEnd(); ++it) {
            const QTextFragment fragment = it.fragment();
            const QTextImageFormat format = fragment.charFormat().toImageFormat();
            if (!format.isValid() || !format.name().startsWith(formulaScheme))
                continue;
            const std::size_t formula = format.name().mid(formulaScheme.size()).toULong();
            for (int k = 0; k < fragment.length() && formula < m_formulas.size(); ++k)
                places.push_back({fragment.position() + k, formula, fragment.charFormat()});
        }
    for (const Place &place : places) {
        const lesson::Formula &formula = m_formulas[place.formula];
        QTextCursor cursor(document());
        cursor.setPosition(place.position);
        QFont font = document()->defaultFont();
        font.setPixelSize(int(std::lround(font.pixelSize() * 1.06))); // serif letters look smaller beside the text
        const QImage picture =
            drawFormula(formula.tree, {font, palette().color(QPalette::Text), devicePixelRatioF(), formula.isDisplayed});
        const QUrl name(formulaScheme + QString::number(place.formula));
        document()->addResource(QTextDocument::ImageResource, name, picture);
        QTextImageFormat format = place.format.toImageFormat();
        format.setFont(font);
        format.setVerticalAlignment(QTextCharFormat::AlignMiddle);
        const QSizeF size = picture.deviceIndependentSize();
        format.setWidth(size.width());
        format.setHeight(size.height());
        format.setProperty(QTextFormat::ImageAltText, QString::fromStdString(lesson::plainText(formula.tree)));
        cursor.setPosition(place.position + 1, QTextCursor::KeepAnchor);
        cursor.setCharFormat(format);
        if (formula.isDisplayed) {
            QTextBlockFormat block = cursor.blockFormat();
            block.setAlignment(Qt::AlignHCenter);
            cursor.setBlockFormat(block);
        }
    }
}

void LessonText::styleTables()
{
    for (QTextFrame *frame : document()->rootFrame()->childFrames()) {
        auto *table = qobject_cast<QTextTable *>(frame);
        if (!table)
            continue;
        QTextTableFormat format = table->format();
        format.setBorderCollapse(true);
        format.setBorder(1);
        format.setBorderBrush(theme().line);
        format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
        format.setCellPadding(scaled(5));
        format.setCellSpacing(0);
        format.setTopMargin(scaled(6));
        format.setBottomMargin(scaled(6));
        table->setFormat(format);
    }
}

QVariant LessonText::loadResource(int type, const QUrl &name)
{
    const QString file = name.toString();
    if (type != QTextDocument::ImageResource || !m_images.contains(file))
        return {};
    QImageReader reader(QDir(m_folder).filePath(file));
    const QSize size = reader.size();
    if (!size.isValid() || size.width() > widestImage || size.height() > widestImage)
        return {};
    return reader.read();
}

void LessonText::fitHeight()
{
    if (m_height == Height::FitsText && !m_isRendering)
        setFixedHeight(int(std::ceil(document()->size().height())) + 2);
}

QSize LessonText::sizeHint() const
{
    return m_height == Height::FitsText ? QSize(scaled(200), height()) : QSize(scaled(380), minimumHeight());
}

void LessonText::resizeEvent(QResizeEvent *event)
{
    QTextBrowser::resizeEvent(event);
    if (event->size().width() != event->oldSize().width())
        fitHeight();
}

void LessonText::changeEvent(QEvent *event)
{
    QTextBrowser::changeEvent(event);
    if (event->type() == QEvent::FontChange && !m_isRendering && !m_markdown.isEmpty())
        render();
}

} // namespace nms
