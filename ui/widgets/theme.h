// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/view/theme_colors.h"
#include "ui/models/verdict.h"
#include "ui/models/workspace.h"

#include <QColor>
#include <QFont>

class QApplication;

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

/// Sets style, palette, fonts and style sheet of the whole program.
void applyTheme(QApplication &application, bool isDark);

/// The face of numbers.
QFont monoFont(int pixelSize = 12);

} // namespace nms
