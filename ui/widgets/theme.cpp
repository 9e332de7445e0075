// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QFontInfo>
#include <QLabel>
#include <QPalette>
#include <QRegularExpression>
#include <QStyleFactory>

#include <algorithm>
#include <cmath>

// The resources of a static library are not linked automatically. The macro must be used outside a namespace.
static void initResources()
{
    Q_INIT_RESOURCE(nmscope);
}

namespace nms {

static QColor asQColor(Rgba8 color)
{
    return {color.r, color.g, color.b, color.a};
}

static Theme themeOf(const ThemeColors &colors)
{
    Theme t;
    t.background = asQColor(colors.background);
    t.panel = asQColor(colors.panel);
    t.field = asQColor(colors.field);
    t.raised = asQColor(colors.raised);
    t.line = asQColor(colors.line);
    t.text = asQColor(colors.text);
    t.muted = asQColor(colors.muted);
    t.faint = asQColor(colors.faint);
    t.accent = asQColor(colors.accent);
    t.accentDeep = asQColor(colors.accentDeep);
    t.onAccent = asQColor(colors.onAccent);
    t.selection = asQColor(colors.selection);
    t.good = asQColor(colors.good);
    t.warn = asQColor(colors.warn);
    t.bad = asQColor(colors.bad);
    t.violet = asQColor(colors.violet);
    return t;
}

static Theme &current()
{
    static Theme instance = themeOf(darkColors);
    return instance;
}

const Theme &theme()
{
    return current();
}

QColor Theme::of(VerdictLevel level) const
{
    switch (level) {
    case VerdictLevel::Good:
        return good;
    case VerdictLevel::Warning:
        return warn;
    case VerdictLevel::Bad:
        return bad;
    case VerdictLevel::Neutral:
        break;
    }
    return muted;
}

QColor Theme::of(MessageLevel level) const
{
    switch (level) {
    case MessageLevel::Error:
        return bad;
    case MessageLevel::Warning:
        return warn;
    case MessageLevel::Info:
        break;
    }
    return muted;
}

ThemeSwitch &themeSwitch()
{
    static ThemeSwitch instance;
    return instance;
}

void colorText(QLabel *label, const std::function<QColor()> &color)
{
    const auto apply = [label, color] {
        QPalette palette = label->palette();
        palette.setColor(QPalette::WindowText, color());
        label->setPalette(palette);
    };
    apply();
    QObject::connect(&themeSwitch(), &ThemeSwitch::changed, label, apply);
}

static constexpr int designedSize = 13; // of text, in pixels
static constexpr double largestScale = 3;

double textScale()
{
    static const double scale =
        std::clamp(QFontInfo(QFontDatabase::systemFont(QFontDatabase::GeneralFont)).pixelSize() / double(designedSize), 1.,
                   largestScale);
    return scale;
}

int scaled(int pixels)
{
    return int(std::lround(pixels * textScale()));
}

static QPalette paletteOf(const Theme &t)
{
    QPalette p;
    p.setColor(QPalette::Window, t.panel);
    p.setColor(QPalette::WindowText, t.text);
    p.setColor(QPalette::Base, t.field);
    p.setColor(QPalette::AlternateBase, t.panel);
    p.setColor(QPalette::Text, t.text);
    p.setColor(QPalette::PlaceholderText, t.muted);
    p.setColor(QPalette::Button, t.raised);
    p.setColor(QPalette::ButtonText, t.text);
    p.setColor(QPalette::BrightText, t.bad);
    p.setColor(QPalette::Highlight, t.selection);
    p.setColor(QPalette::HighlightedText, t.text);
    p.setColor(QPalette::ToolTipBase, t.raised);
    p.setColor(QPalette::ToolTipText, t.text);
    p.setColor(QPalette::Link, t.accent);
    p.setColor(QPalette::LinkVisited, t.accent);
    p.setColor(QPalette::Light, t.raised);
    p.setColor(QPalette::Midlight, t.raised);
    p.setColor(QPalette::Mid, t.line);
    p.setColor(QPalette::Dark, t.background);
    p.setColor(QPalette::Shadow, t.background);
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, t.faint);
    return p;
}

/// Scales the lengths of whatever contains text; lines, gaps and corners stay the same.
static QString withScaledLengths(const QString &sheet)
{
    static const QRegularExpression length(QStringLiteral("\\b(\\d{2,})px"));
    QString result;
    qsizetype from = 0;
    for (auto matches = length.globalMatch(sheet); matches.hasNext();) {
        const QRegularExpressionMatch match = matches.next();
        result += QStringView(sheet).mid(from, match.capturedStart(1) - from);
        result += QString::number(scaled(match.capturedView(1).toInt()));
        from = match.capturedEnd(1);
    }
    result += QStringView(sheet).mid(from);
    return result;
}

static QString styleSheetOf(const Theme &t)
{
    QFile file(QStringLiteral(":/theme.qss"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QString sheet = withScaledLengths(QString::fromUtf8(file.readAll()));
    const std::pair<const char *, QColor> roles[] = {{"@background", t.background},
                                                     {"@panel", t.panel},
                                                     {"@field", t.field},
                                                     {"@raised", t.raised},
                                                     {"@line", t.line},
                                                     {"@text", t.text},
                                                     {"@muted", t.muted},
                                                     {"@faint", t.faint},
                                                     {"@accentDeep", t.accentDeep},
                                                     {"@accent", t.accent},
                                                     {"@onAccent", t.onAccent},
                                                     {"@selection", t.selection},
                                                     {"@good", t.good},
                                                     {"@warn", t.warn},
                                                     {"@bad", t.bad}};
    for (const auto &[name, color] : roles)
        sheet.replace(QLatin1String(name), color.name());
    return sheet;
}

static QString firstInstalled(const QStringList &families, QFontDatabase::SystemFont otherwise)
{
    const QStringList installed = QFontDatabase::families();
    for (const QString &family : families)
        if (installed.contains(family))
            return family;
    return QFontDatabase::systemFont(otherwise).family();
}

QFont monoFont(int pixelSize)
{
    static const QString family =
        firstInstalled({QStringLiteral("JetBrains Mono"), QStringLiteral("DejaVu Sans Mono")}, QFontDatabase::FixedFont);
    QFont font(family);
    font.setPixelSize(scaled(pixelSize));
    font.setStyleHint(QFont::Monospace);
    return font;
}

void applyTheme(QApplication &application, bool isDark)
{
    initResources();
    current() = themeOf(isDark ? darkColors : lightColors);
    current().isDark = isDark;
    QFont font(firstInstalled({QStringLiteral("Inter")}, QFontDatabase::GeneralFont));
    font.setPixelSize(scaled(designedSize));
    application.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    application.setPalette(paletteOf(theme()));
    application.setFont(font);
    application.setStyleSheet(styleSheetOf(theme()));
    emit themeSwitch().changed();
}

} // namespace nms
