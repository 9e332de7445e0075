// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/view/theme_colors.h"
#include "ui/models/verdict.h"
#include "ui/models/workspace.h"

#include <QColor>
#include <QFont>
#include <QObject>

#include <functional>

class QApplication;
class QLabel;

namespace nms {

/// The colours of core/view/theme_colors.h as Qt colours; a widget never names a colour itself.
struct Theme {
    bool isDark = true;
    QColor background, panel, field, raised, line, text, muted, faint, accent, accentDeep, onAccent, selection, good, warn,
        bad, violet;

    QColor of(VerdictLevel level) const;
    QColor of(MessageLevel level) const;
};

/// The theme in use; dark until applyTheme() is called.
const Theme &theme();

/// Sets style, palette, fonts and style sheet of the whole program, at any time. Afterwards themeSwitch() emits changed().
void applyTheme(QApplication &application, bool isDark);

/// For widgets that store colours, such as charts and coloured text.
class ThemeSwitch : public QObject
{
    Q_OBJECT
signals:
    void changed();
};
ThemeSwitch &themeSwitch();

/// Gives the label's text the colour that `color` returns, and again after every change of the theme.
void colorText(QLabel *label, const std::function<QColor()> &color);

/// The size of the system's font relative to the 13 pixels that the window is designed for, but at least 1.
double textScale();

/// A height or width that grows with the text: logical pixels at a text scale of 1, times textScale().
int scaled(int pixels);

/// The monospaced font for numbers; `pixelSize` is its size at a text scale of 1.
QFont monoFont(int pixelSize = 12);

} // namespace nms
