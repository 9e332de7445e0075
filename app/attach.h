// SPDX-License-Identifier: Apache-2.0
// nmscope --attach: the window on tensors in the memory of a Python process.
#pragma once

#include "app/window_options.h"

#include <QByteArray>

#include <optional>

namespace nms {

class Attachment;
class MainWindow;

/// The token of `options.attach`: from the file, from NMS_TOKEN, or typed; empty if the user gives none. Io error if the
/// file cannot be read, Usage error if it is empty. With a QApplication.
Result<std::optional<QByteArray>> tokenFor(const WindowOptions &options);

/// Attaches the window: the tensors are opened in the workspace when they come, with the process' pattern and method unless
/// `options` name others. The attachment belongs to `window`.
Attachment &attach(MainWindow &window, Workspace &workspace, const WindowOptions &options, const QByteArray &token);

} // namespace nms
