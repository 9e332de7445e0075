// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

namespace nms {

/// By its ending.
inline bool isSessionFile(const QString &fileName)
{
    return fileName.endsWith(QLatin1String(".nmscope"), Qt::CaseInsensitive);
}

} // namespace nms
