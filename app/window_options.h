// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/prune/prune_options.h"
#include "ui/models/workspace.h"

#include <QSize>
#include <QStringList>

#include <optional>

namespace nms {

/// What the command line says when it names no subcommand: nmscope [options] [FILE]...
struct WindowOptions {
    QStringList files;

    // For reproducible pictures (see --help); each also works without --screenshot.
    std::optional<QSize> size;
    std::optional<MatrixView> view;
    std::optional<NmPattern> pattern;
    std::optional<Method> method;
    std::optional<QString> tensor;
    std::optional<int> runTo; // 0: to the end
    std::optional<std::int64_t> zoomToTile;
    std::optional<QString> panel; // comparison, chart, pruning, price, tiles, log
    std::optional<QString> calibration; // of the first file
    std::optional<Framework> prune; // runTo is the pruning's then
    std::optional<Kind> kind; // of its mask
    bool compare = false;
    QString screenshot; // empty: none

    bool isScripted() const; // anything but files: default layout, and nothing is remembered
};

/// Usage error for what it does not know.
Result<WindowOptions> parseWindowOptions(const QStringList &arguments);

} // namespace nms
