// SPDX-License-Identifier: Apache-2.0
// The colours of everything that is drawn, by their role: the one place that defines colours, apart from colour maps.
#pragma once

#include "core/view/color_map.h"

#include <string_view>

namespace nms {

/// Text has a contrast of at least 4.5 : 1 on all that it stands on; `faint`, for what is disabled, has less.
struct ThemeColors {
    Rgba8 background; // behind everything
    Rgba8 panel;
    Rgba8 field; // input fields; paper
    Rgba8 raised; // buttons, hovered rows
    Rgba8 line;
    Rgba8 tileLine; // tile borders and the frame around the matrix
    Rgba8 text;
    Rgba8 muted;
    Rgba8 faint; // disabled
    Rgba8 accent;
    Rgba8 accentDeep; // filled accent areas
    Rgba8 onAccent; // text on accentDeep
    Rgba8 selection;
    Rgba8 banner; // behind a warning
    Rgba8 good;
    Rgba8 warn;
    Rgba8 bad;
    Rgba8 violet; // a fourth line colour, beside accent, good and warn
};

inline constexpr ThemeColors darkColors{
    .background = {0x14, 0x16, 0x1a},
    .panel = {0x1b, 0x1e, 0x24},
    .field = {0x15, 0x17, 0x1c},
    .raised = {0x26, 0x2a, 0x32},
    .line = {0x2a, 0x2e, 0x37},
    .tileLine = {0x3a, 0x40, 0x4c},
    .text = {0xd7, 0xdb, 0xe3},
    .muted = {0x8a, 0x93, 0xa3},
    .faint = {0x56, 0x5d, 0x6a},
    .accent = {0x5a, 0xa9, 0xff},
    .accentDeep = {0x2f, 0x6f, 0xb3},
    .onAccent = {0xff, 0xff, 0xff},
    .selection = {0x1d, 0x2c, 0x43},
    .banner = {0x35, 0x2a, 0x0e},
    .good = {0x4c, 0xc3, 0x8a},
    .warn = {0xf0, 0xb4, 0x29},
    .bad = {0xff, 0x63, 0x69},
    .violet = {0xb0, 0x7c, 0xff},
};

inline constexpr ThemeColors lightColors{
    .background = {0xe9, 0xeb, 0xef},
    .panel = {0xf7, 0xf8, 0xfa},
    .field = {0xff, 0xff, 0xff},
    .raised = {0xe6, 0xe9, 0xee},
    .line = {0xd3, 0xd8, 0xe0},
    .tileLine = {0x3a, 0x40, 0x4c}, // drawn on data, which is dark in either theme
    .text = {0x1d, 0x22, 0x2b},
    .muted = {0x59, 0x62, 0x6f},
    .faint = {0xa3, 0xab, 0xb8},
    .accent = {0x1a, 0x63, 0xbc},
    .accentDeep = {0x28, 0x72, 0xcb},
    .onAccent = {0xff, 0xff, 0xff},
    .selection = {0xd6, 0xe6, 0xfb},
    .banner = {0xff, 0xf2, 0xcc},
    .good = {0x14, 0x69, 0x3f},
    .warn = {0x7d, 0x55, 0x00},
    .bad = {0xb8, 0x27, 0x30},
    .violet = {0x6d, 0x3b, 0xc2},
};

/// The colour of a method in charts, in either theme: from the palette of Okabe and Ito, which colour-blind people can
/// distinguish. Methods that solve the same problem have the same colour ("exact", "lemon"; "dykstra", "reference",
/// "torch"); gray for unknown names.
Rgba8 methodColor(std::string_view method);

} // namespace nms
