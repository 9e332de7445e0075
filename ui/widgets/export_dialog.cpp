// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/export_dialog.h"

#include <QFileDialog>
#include <QFileInfo>

namespace nms {

std::optional<ExportChoice> askForExport(QWidget *parent, const LoadedTensor &tensor, const Solution &solution)
{
    struct Kind {
        QString filter;
        QString suffix;
        MaskFormat format;
    };
    const Kind kinds[] = {
        {QFileDialog::tr("Mask, one byte a weight (*.h5)"), QStringLiteral("h5"), MaskFormat::Bytes},
        {QFileDialog::tr("Mask, one bit a weight (*.h5)"), QStringLiteral("h5"), MaskFormat::Packed},
        {QFileDialog::tr("Masked weights (*.h5)"), QStringLiteral("h5"), MaskFormat::Applied},
        {QFileDialog::tr("Mask, one byte a weight (*.safetensors)"), QStringLiteral("safetensors"), MaskFormat::Bytes},
        {QFileDialog::tr("Mask, one bit a weight (*.safetensors)"), QStringLiteral("safetensors"), MaskFormat::Packed},
        {QFileDialog::tr("Masked weights (*.safetensors)"), QStringLiteral("safetensors"), MaskFormat::Applied},
    };
    QStringList filters;
    for (const Kind &kind : kinds)
        filters << kind.filter;
    const NmPattern pattern = solution.options.pattern;
    const QFileInfo input(tensor.file);
    QString filter = filters.front();
    const QString suggestion =
        input.dir().filePath(QStringLiteral("%1-%2of%3.h5").arg(input.completeBaseName()).arg(pattern.n).arg(pattern.m));
    QString name = QFileDialog::getSaveFileName(parent, QFileDialog::tr("Export mask"), suggestion,
                                                filters.join(QStringLiteral(";;")), &filter);
    if (name.isEmpty())
        return {};
    const Kind &kind = kinds[std::max<qsizetype>(0, filters.indexOf(filter))];
    if (QFileInfo(name).suffix().isEmpty())
        name += QLatin1Char('.') + kind.suffix;
    return ExportChoice{name, kind.format};
}

} // namespace nms
