// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QPalette>
#include <QStyleFactory>

// Outside the namespace, as the macro wants it: a static library's resources are not linked in by themselves.
static void initResources()
{
    Q_INIT_RESOURCE(nmscope);
}

namespace nms {

static Theme darkTheme()
{
    Theme t;
    t.isDark = true;
    t.background = QColor(0x14161a);
    t.panel = QColor(0x1b1e24);
    t.field = QColor(0x15171c);
    t.raised = QColor(0x262a32);
    t.line = QColor(0x2a2e37);
    t.text = QColor(0xd7dbe3);
    t.muted = QColor(0x8a93a3);
    t.faint = QColor(0x565d6a);
    t.accent = QColor(0x5aa9ff);
    t.accentDeep = QColor(0x2f6fb3);
    t.selection = QColor(0x24364f);
    t.good = QColor(0x4cc38a);
    t.warn = QColor(0xf0b429);
    t.bad = QColor(0xff6369);
    t.violet = QColor(0xb07cff);
    return t;
}

static Theme lightTheme()
{
    Theme t;
    t.isDark = false;
    t.background = QColor(0xe9ebef);
    t.panel = QColor(0xf7f8fa);
    t.field = QColor(0xffffff);
    t.raised = QColor(0xe6e9ee);
    t.line = QColor(0xd3d8e0);
    t.text = QColor(0x1d222b);
    t.muted = QColor(0x5d6675);
    t.faint = QColor(0xa3abb8);
    t.accent = QColor(0x1f6fd1);
    t.accentDeep = QColor(0x2f7bd6);
    t.selection = QColor(0xd3e4fa);
    t.good = QColor(0x1c8a55);
    t.warn = QColor(0x9a6a00);
    t.bad = QColor(0xc9333b);
    t.violet = QColor(0x7a45d1);
    return t;
}

static Theme &current()
{
    static Theme instance = darkTheme();
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

static QString styleSheetOf(const Theme &t)
{
    QFile file(QStringLiteral(":/theme.qss"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QString sheet = QString::fromUtf8(file.readAll());
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
    font.setPixelSize(pixelSize);
    font.setStyleHint(QFont::Monospace);
    return font;
}

void applyTheme(QApplication &application, bool isDark)
{
    initResources();
    current() = isDark ? darkTheme() : lightTheme();
    QFont font(firstInstalled({QStringLiteral("Inter")}, QFontDatabase::GeneralFont));
    font.setPixelSize(13);
    application.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    application.setPalette(paletteOf(theme()));
    application.setFont(font);
    application.setStyleSheet(styleSheetOf(theme()));
}

} // namespace nms
