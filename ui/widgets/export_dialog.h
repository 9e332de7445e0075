// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/mask_facts.h"
#include "ui/models/workspace.h"

#include <optional>

class QWidget;

namespace nms {

struct ExportChoice {
    QString fileName;
    MaskFormat format = MaskFormat::Bytes;
};

/// Asks for the file and format of the mask; empty if the user cancels.
std::optional<ExportChoice> askForExport(QWidget *parent, const LoadedTensor &tensor, const Solution &solution);

} // namespace nms
