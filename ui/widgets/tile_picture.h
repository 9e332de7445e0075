// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/methods/tile_trace.h"

#include <QWidget>

#include <memory>

namespace nms {

/// One tile, drawn as in the viewport: its mask or its plan. Entries in which the mask differs from another one are framed.
class TilePicture : public QWidget
{
    Q_OBJECT
public:
    explicit TilePicture(QWidget *parent = nullptr);

    /// A null trace empties the picture. `other`: to compare with, of the same cells; null: nothing is framed.
    void setTile(std::shared_ptr<const TileTrace> trace, bool showsPlan, std::shared_ptr<const TileTrace> other);

    QSize sizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override { return width; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    std::shared_ptr<const TileTrace> m_trace;
    std::shared_ptr<const TileTrace> m_other;
    bool m_showsPlan = false;
};

} // namespace nms
