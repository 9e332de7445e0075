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

/// Asks where to put the mask and in which format; empty when the user thought better of it.
std::optional<ExportChoice> askForExport(QWidget *parent, const LoadedTensor &tensor, const Solution &solution);

} // namespace nms
