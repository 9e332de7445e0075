// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/cli.h"
#include "core/prune/prune_options.h"
#include "ui/attach/attach_address.h"
#include "ui/models/workspace.h"

#include <QSize>
#include <QStringList>

#include <optional>
#include <span>

namespace nms {

/// The command line without a subcommand: nmscope [options] [FILE]...
struct WindowOptions {
    QStringList files;
    std::optional<AttachAddress> attach; // a process that shows its tensors
    QString tokenFile; // its token; empty: NMS_TOKEN, or asked for

    // For reproducible pictures (see --help); each also works without --screenshot.
    std::optional<QSize> size;
    std::optional<MatrixView> view;
    std::optional<NmPattern> pattern;
    std::optional<Method> method;
    std::optional<QString> tensor;
    std::optional<int> runTo; // 0: to the end
    std::optional<std::int64_t> zoomToTile;
    std::optional<QString> tile; // for the sandbox: a built-in tile or a file
    QString tileMethod; // how the sandbox solves it; empty: as always. runTo is then an iterate to show
    std::optional<QString> panel; // comparison, chart, model, pruning, price, runs, difference, tiles, log
    std::optional<QString> lesson; // a file, or the beginning of the name of a lesson
    std::optional<int> lessonStep; // from 1
    bool present = false; // for an audience
    QString film; // of the lesson: .gif, .mp4 or numbered .png; then the program ends
    std::optional<QString> calibration; // for the first file
    std::optional<Framework> prune; // runTo then applies to the pruning run
    std::optional<Kind> kind; // of the pruning mask
    bool compare = false;
    bool light = false; // the light theme
    QString screenshot; // file name; empty: no picture

    bool isScripted() const; // any option but files is given: use the default layout and store no settings
};

/// Usage error for unknown options and invalid values.
Result<WindowOptions> parseWindowOptions(const QStringList &arguments);

/// All options: those that parseWindowOptions() knows, as help, man page and completions show them.
std::span<const WindowOption> windowOptionTable();

} // namespace nms
