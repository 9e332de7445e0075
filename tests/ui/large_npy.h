// SPDX-License-Identifier: Apache-2.0
// A tensor that is large enough for a preview.
#pragma once

#include "tests/ui/npy_support.h"
#include "ui/models/tensor_loader.h"

#include <QDir>

namespace nms {

inline constexpr std::int64_t largeRows = 4099, largeCols = leastPreviewed / largeRows + 1;

/// Row r, column c holds ± 1 + the number of the block of 1000 columns: the same in each row, but for the sign.
inline QString writeLargeNpy(const QDir &folder)
{
    std::vector<float> values(std::size_t(largeRows * largeCols));
    for (std::int64_t row = 0; row < largeRows; ++row)
        for (std::int64_t col = 0; col < largeCols; ++col)
            values[std::size_t(row * largeCols + col)] = float(1 + col / 1000) * ((row + col) % 2 == 0 ? 1.F : -1.F);
    return writeNpy(folder.filePath(QStringLiteral("large.npy")), largeRows, largeCols, values);
}

} // namespace nms
