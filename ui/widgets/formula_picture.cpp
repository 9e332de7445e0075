// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/formula_picture.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>
#include <QTransform>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace nms {

namespace {

using lesson::FormulaNode;
using Kind = FormulaNode::Kind;
using Style = FormulaNode::Style;

constexpr qreal scriptSize = 0.72; // of an index, relative to its base
constexpr qreal largeSign = 1.5; // of a displayed sum
constexpr qreal operatorSpace = 0.24; // em, on both sides
constexpr qreal lineWidth = 0.055; // em

/// A part of the formula: outlines around its origin, which lies on the baseline at the left; y points down.
struct Box {
    qreal width = 0;
    qreal ascent = 0;
    qreal descent = 0;
    QPainterPath outline;

    qreal height() const { return ascent + descent; }

    void add(const Box &part, QPointF at)
    {
        outline.addPath(part.outline.translated(at));
        ascent = std::max(ascent, part.ascent - at.y());
        descent = std::max(descent, part.descent + at.y());
        width = std::max(width, at.x() + part.width);
    }
};

class Layout
{
public:
    explicit Layout(const FormulaLook &look) : m_look(look) { }

    Box of(const FormulaNode &node, qreal em, bool isDisplayed) const
    {
        switch (node.kind) {
        case Kind::Row:
            return row(node.children, em, isDisplayed);
        case Kind::Symbol:
            return symbol(node, em, isDisplayed);
        case Kind::Space:
            return {node.size * em, 0, 0, {}};
        case Kind::Fraction:
            return fraction(node, em, isDisplayed);
        case Kind::Root:
            return root(node, em, isDisplayed);
        case Kind::Scripts:
            return scripts(node, em, isDisplayed);
        case Kind::Accent:
            return accent(node, em, isDisplayed);
        case Kind::Fence:
            return fence(node, em, isDisplayed);
        case Kind::Matrix:
            return matrix(node, em);
        }
        return {};
    }

private:
    QFont fontOf(Style style, qreal em) const
    {
        QFont font = m_look.font;
        font.setFamilies({QStringLiteral("STIX Two Text"), QStringLiteral("Latin Modern Roman"),
                          QStringLiteral("Libertinus Serif"), QStringLiteral("Noto Serif"), QStringLiteral("DejaVu Serif"),
                          font.family()});
        font.setStyleHint(QFont::Serif);
        font.setWeight(style == Style::Bold ? QFont::Bold : QFont::Normal);
        font.setItalic(style == Style::Italic);
        font.setPixelSize(100); // scaled below: an outline does not depend on hinting at small sizes
        Q_UNUSED(em)
        return font;
    }

    Box text(const QString &letters, Style style, qreal em) const
    {
        const QFont font = fontOf(style, em);
        const QFontMetricsF metrics(font);
        const qreal scale = em / font.pixelSize();
        Box box;
        QPainterPath path;
        path.addText(0, 0, font, letters);
        box.outline = QTransform::fromScale(scale, scale).map(path);
        box.width = metrics.horizontalAdvance(letters) * scale;
        const QRectF ink = box.outline.boundingRect();
        box.ascent = std::max(-ink.top(), 0.0);
        box.descent = std::max(ink.bottom(), 0.0);
        return box;
    }

    qreal axis(qreal em) const // height of the line through fractions and minus signs
    {
        const QFont font = fontOf(Style::Upright, em);
        return QFontMetricsF(font).xHeight() / 2 * em / font.pixelSize();
    }

    Box symbol(const FormulaNode &node, qreal em, bool isDisplayed) const
    {
        const QString letters = QString::fromStdString(node.text);
        if (node.style == Style::Large) {
            Box sign = text(letters, Style::Upright, em * (isDisplayed ? largeSign : 1.1));
            Box box;
            box.add(sign, {0.05 * em, (sign.ascent - sign.descent) / 2 - axis(em)}); // centred on the axis
            box.width += 0.1 * em;
            return box;
        }
        return text(letters, node.style, em);
    }

    /// In em: after a comma, and between a function such as max and its argument unless that is in brackets.
    static qreal spaceBetween(const FormulaNode &left, const FormulaNode &right)
    {
        constexpr qreal thin = 0.17;
        if (left.kind != Kind::Symbol || left.style != Style::Upright)
            return 0;
        const bool isFunction = left.text.size() > 1 && QChar::fromLatin1(left.text.front()).isLetter();
        const bool isBracket = right.kind == Kind::Fence || (right.kind == Kind::Symbol && right.text == "(");
        return left.text == "," || (isFunction && !isBracket && right.kind != Kind::Space) ? thin : 0;
    }

    Box row(const std::vector<FormulaNode> &parts, qreal em, bool isDisplayed) const
    {
        Box line;
        qreal x = 0;
        for (std::size_t k = 0; k < parts.size(); ++k) {
            const bool isOperator = parts[k].kind == Kind::Symbol && parts[k].style == Style::Operator;
            const bool isSign = isOperator &&
                (k == 0 || (parts[k - 1].kind == Kind::Symbol && parts[k - 1].style == Style::Operator)); // −x, not a − x
            const qreal space = isOperator && !isSign ? operatorSpace * em : 0;
            const Box part = of(parts[k], em, isDisplayed);
            line.add(part, {x + space, 0});
            x += part.width + 2 * space + (k + 1 < parts.size() ? spaceBetween(parts[k], parts[k + 1]) * em : 0);
            line.width = std::max(line.width, x);
        }
        return line;
    }

    static void addRule(Box &box, const QRectF &rule) { box.outline.addRect(rule); }

    Box fraction(const FormulaNode &node, qreal em, bool isDisplayed) const
    {
        const qreal size = isDisplayed ? em : em * 0.85;
        const Box top = of(node.children[0], size, false), bottom = of(node.children[1], size, false);
        const qreal gap = 0.16 * em, pad = 0.12 * em, middle = axis(em), width = std::max(top.width, bottom.width) + 2 * pad;
        Box box;
        box.add(top, {(width - top.width) / 2, -middle - gap - top.descent});
        box.add(bottom, {(width - bottom.width) / 2, -middle + gap + bottom.ascent});
        addRule(box, {0, -middle - lineWidth * em / 2, width, lineWidth * em});
        box.width = width + 0.06 * em;
        return box;
    }

    Box root(const FormulaNode &node, qreal em, bool isDisplayed) const
    {
        const Box inner = of(node.children[0], em, isDisplayed);
        const qreal gap = 0.14 * em, hook = 0.55 * em, top = std::max(inner.ascent, 0.7 * em) + gap,
                    bottom = inner.descent + 0.05 * em;
        Box box;
        QPainterPath sign(QPointF(0, -0.3 * em));
        sign.lineTo(0.16 * em, -0.38 * em);
        sign.lineTo(0.34 * em, bottom);
        sign.lineTo(hook, -top);
        sign.lineTo(hook + inner.width + 0.1 * em, -top);
        QPainterPathStroker pen;
        pen.setWidth(lineWidth * em);
        pen.setJoinStyle(Qt::MiterJoin);
        box.outline = pen.createStroke(sign);
        box.ascent = top + lineWidth * em;
        box.descent = bottom;
        box.add(inner, {hook + 0.04 * em, 0});
        box.width = hook + inner.width + 0.14 * em;
        return box;
    }

    Box scripts(const FormulaNode &node, qreal em, bool isDisplayed) const
    {
        const Box base = of(node.children[0], em, isDisplayed);
        const Box below = of(node.children[1], em * scriptSize, false), above = of(node.children[2], em * scriptSize, false);
        Box box;
        if (node.limits && isDisplayed) {
            const qreal width = std::max({base.width, below.width, above.width}), gap = 0.14 * em;
            box.add(base, {(width - base.width) / 2, 0});
            if (below.width > 0)
                box.add(below, {(width - below.width) / 2, base.descent + gap + below.ascent});
            if (above.width > 0)
                box.add(above, {(width - above.width) / 2, -base.ascent - gap - above.descent});
            box.width = width + 0.1 * em;
            return box;
        }
        box.add(base, {});
        if (below.width > 0)
            box.add(below, {base.width + 0.03 * em, std::max(0.2 * em, base.descent + 0.02 * em - below.descent * 0.2)});
        if (above.width > 0)
            box.add(above, {base.width + 0.08 * em, -std::max(0.38 * em, base.ascent - above.ascent * 0.55)});
        box.width += 0.05 * em;
        return box;
    }

    Box accent(const FormulaNode &node, qreal em, bool isDisplayed) const
    {
        const Box base = of(node.children[0], em, isDisplayed);
        const Box sign = text(QString::fromStdString(node.text), Style::Upright, em);
        const QRectF ink = sign.outline.boundingRect();
        Box box;
        box.add(base, {});
        const qreal lift = base.ascent + 0.08 * em + ink.bottom();
        box.outline.addPath(sign.outline.translated(base.width / 2 - ink.center().x() + 0.05 * em, -lift));
        box.ascent = std::max(box.ascent, lift - ink.top());
        return box;
    }

    /// A bracket as high as the box, centred on the axis.
    Box bracket(const std::string &sign, const Box &body, qreal em) const
    {
        Box box;
        if (sign.empty())
            return box;
        const qreal half = std::max({body.ascent - axis(em), body.descent + axis(em), 0.5 * em}) + 0.06 * em;
        const Box plain = text(QString::fromStdString(sign), Style::Upright, em);
        const QRectF ink = plain.outline.boundingRect();
        const qreal stretch = ink.height() > 0 ? std::max(2 * half / ink.height(), 1.0) : 1;
        const qreal widen = std::min(std::sqrt(stretch), 1.5);
        QTransform place;
        place.translate(0, -axis(em));
        place.scale(widen, stretch);
        place.translate(-ink.left(), -ink.center().y());
        box.outline = place.map(plain.outline);
        const QRectF placed = box.outline.boundingRect();
        box.width = placed.right() + 0.08 * em;
        box.ascent = -placed.top();
        box.descent = placed.bottom();
        return box;
    }

    Box fence(const FormulaNode &node, qreal em, bool isDisplayed) const
    {
        const Box body = of(node.children[0], em, isDisplayed);
        const Box open = bracket(node.text, body, em), close = bracket(node.close, body, em);
        Box box;
        box.add(open, {0.04 * em, 0});
        box.add(body, {open.width + 0.1 * em, 0});
        box.add(close, {open.width + body.width + 0.16 * em, 0});
        box.width += 0.04 * em;
        return box;
    }

    Box matrix(const FormulaNode &node, qreal em) const
    {
        const int columns = node.columns, rows = int(node.children.size()) / columns;
        std::vector<Box> cells;
        std::vector<qreal> widths(std::size_t(columns), 0), ascents(std::size_t(rows), 0.7 * em),
            descents(std::size_t(rows), 0.2 * em);
        for (std::size_t k = 0; k < node.children.size(); ++k) {
            cells.push_back(of(node.children[k], em, false));
            const std::size_t i = k / std::size_t(columns), j = k % std::size_t(columns);
            widths[j] = std::max(widths[j], cells.back().width);
            ascents[i] = std::max(ascents[i], cells.back().ascent);
            descents[i] = std::max(descents[i], cells.back().descent);
        }
        const qreal columnGap = 0.7 * em, rowGap = 0.22 * em;
        qreal height = -rowGap;
        for (std::size_t i = 0; i < std::size_t(rows); ++i)
            height += ascents[i] + descents[i] + rowGap;
        Box box;
        qreal y = -height / 2 - axis(em);
        for (std::size_t i = 0; i < std::size_t(rows); ++i) {
            qreal x = 0;
            for (std::size_t j = 0; j < std::size_t(columns); ++j) {
                const Box &cell = cells[i * std::size_t(columns) + j];
                box.add(cell, {x + (widths[j] - cell.width) / 2, y + ascents[i]});
                x += widths[j] + columnGap;
            }
            box.width = std::max(box.width, x - columnGap);
            y += ascents[i] + descents[i] + rowGap;
        }
        return box;
    }

    const FormulaLook &m_look;
};

qreal pixelSizeOf(const QFont &font)
{
    return font.pixelSize() > 0 ? font.pixelSize() : QFontMetricsF(font).height() * 0.8;
}

} // namespace

QImage drawFormula(const lesson::FormulaNode &formula, const FormulaLook &look)
{
    const qreal em = pixelSizeOf(look.font) * (look.isDisplayed ? 1.1 : 1);
    const Box box = Layout(look).of(formula, em, look.isDisplayed);
    // AlignMiddle puts the baseline (height + x/2)/2 below the top of a picture, x being the x-height of the text.
    const qreal halfX = QFontMetrics(look.font).xHeight() / 2.0, edge = 1;
    const qreal ascent = box.ascent + edge, descent = box.descent + edge;
    const qreal height = std::ceil(std::max(2 * ascent - halfX, 2 * descent + halfX)),
                width = std::ceil(box.width + 2 * edge);
    QImage image((QSizeF(width, height) * look.pixelRatio).toSize(), QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(look.pixelRatio);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(edge, (height + halfX) / 2);
    QPainterPath outline = box.outline;
    outline.setFillRule(Qt::WindingFill);
    painter.fillPath(outline, look.color);
    return image;
}

} // namespace nms
