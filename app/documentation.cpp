// SPDX-License-Identifier: Apache-2.0
#include "app/documentation.h"

#include "app/assets/asset_files.h"
#include "app/cli/cli.h"
#include "app/window_help.h"

#include <QFile>

namespace nms {

std::optional<QString> documentationPage(const QString &name)
{
    if (name == QLatin1String("commands.md"))
        return QString::fromStdString(commandReference(windowUsage()));
    const std::string path = documentationFile(name.toStdString());
    QFile file(QString::fromStdString(path));
    if (path.empty() || !file.open(QIODevice::ReadOnly))
        return std::nullopt;
    return QString::fromUtf8(file.readAll());
}

} // namespace nms
