// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/export_dialog.h"

#include "core/io/weights_format.h"

#include <QFileDialog>
#include <QFileInfo>

namespace nms {

std::optional<ExportChoice> askForExport(QWidget *parent, const LoadedTensor &tensor, const Solution &solution)
{
    struct Offer {
        QString filter;
        QString suffix;
        MaskFormat format;
    };
    std::vector<Offer> offers;
    for (const WeightsFormat *format : weightsFormats()) {
        if (!format->createSink)
            continue;
        const std::string_view ending = format->endings.front().substr(1); // without the dot
        const QString suffix = QString::fromUtf8(ending.data(), qsizetype(ending.size()));
        offers.push_back({QFileDialog::tr("Mask, one byte a weight (*.%1)").arg(suffix), suffix, MaskFormat::Bytes});
        offers.push_back({QFileDialog::tr("Mask, one bit a weight (*.%1)").arg(suffix), suffix, MaskFormat::Packed});
        offers.push_back({QFileDialog::tr("Masked weights (*.%1)").arg(suffix), suffix, MaskFormat::Applied});
    }
    QStringList filters;
    for (const Offer &offer : offers)
        filters << offer.filter;
    const NmPattern pattern = solution.options.pattern;
    const QFileInfo input(tensor.file);
    QString filter = filters.front();
    const QString suggestion =
        input.dir().filePath(QStringLiteral("%1-%2of%3.h5").arg(input.completeBaseName()).arg(pattern.n).arg(pattern.m));
    QString name = QFileDialog::getSaveFileName(parent, QFileDialog::tr("Export mask"), suggestion,
                                                filters.join(QStringLiteral(";;")), &filter);
    if (name.isEmpty())
        return {};
    const Offer &offer = offers[std::size_t(std::max<qsizetype>(0, filters.indexOf(filter)))];
    if (QFileInfo(name).suffix().isEmpty())
        name += QLatin1Char('.') + offer.suffix;
    return ExportChoice{name, offer.format};
}

} // namespace nms
