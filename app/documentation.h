// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

#include <optional>

namespace nms {

/// A page of the documentation in Markdown, "index.md"; none where it is missing. That of the command line, "commands.md",
/// is made from the program itself. Any thread.
std::optional<QString> documentationPage(const QString &name);

} // namespace nms
