// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

namespace nms {

/// By its name: a tile of the sandbox (core/sandbox/tile_text.h), which Workspace::openFile() reports like a session.
inline bool isTileFile(const QString &fileName)
{
    return fileName.endsWith(QLatin1String(".tile"), Qt::CaseInsensitive);
}

} // namespace nms
