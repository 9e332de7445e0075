// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/verdict.h"
#include "ui/models/workspace.h"

#include <QColor>
#include <QFont>

class QApplication;

namespace nms {

/// Colours by what they are for; a widget never names a colour itself.
struct Theme {
    bool isDark = true;
    QColor background; // behind everything
    QColor panel;
    QColor field; // where something is typed or chosen
    QColor raised; // buttons, hovered rows
    QColor line;
    QColor text;
    QColor muted;
    QColor faint; // disabled
    QColor accent;
    QColor accentDeep; // filled accent areas
    QColor selection;
    QColor good;
    QColor warn;
    QColor bad;
    QColor violet; // a fourth line colour, beside accent, good and warn

    QColor of(VerdictLevel level) const;
    QColor of(MessageLevel level) const;
};

/// The theme in use; dark until applyTheme() was called.
const Theme &theme();

/// Sets style, palette, fonts and style sheet of the whole program.
void applyTheme(QApplication &application, bool isDark);

/// The face of numbers.
QFont monoFont(int pixelSize = 12);

} // namespace nms
