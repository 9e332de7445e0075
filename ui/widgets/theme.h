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

/// core/view/theme_colors.h as Qt takes them; a widget never names a colour itself.
struct Theme {
    bool isDark = true;
    QColor background, panel, field, raised, line, text, muted, faint, accent, accentDeep, onAccent, selection, good, warn,
        bad, violet;

    QColor of(VerdictLevel level) const;
    QColor of(MessageLevel level) const;
};

/// The theme in use; dark until applyTheme() was called.
const Theme &theme();

/// Sets style, palette, fonts and style sheet of the whole program, at any time; themeSwitch() tells of it afterwards.
void applyTheme(QApplication &application, bool isDark);

/// For what keeps colours of its own: charts, coloured text.
class ThemeSwitch : public QObject
{
    Q_OBJECT
signals:
    void changed();
};
ThemeSwitch &themeSwitch();

/// The label's text has the colour that `color` names, in every theme.
void colorText(QLabel *label, const std::function<QColor()> &color);

/// The size of the system's font against the 13 pixels that the window is drawn for, but not below 1.
double textScale();

/// A height or width that follows the text: logical pixels at a scale of 1 in, as they are out.
int scaled(int pixels);

/// The face of numbers, of so many pixels at a scale of 1.
QFont monoFont(int pixelSize = 12);

} // namespace nms
