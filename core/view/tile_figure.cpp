// SPDX-License-Identifier: Apache-2.0
#include "core/view/tile_figure.h"

namespace nms {

const char *nameOf(TileFigure figure)
{
    switch (figure) {
    case TileFigure::PlanGap:
        return "plan gap";
    case TileFigure::MaskGap:
        return "mask gap";
    case TileFigure::Residual:
        return "residual";
    case TileFigure::Undecided:
        return "undecided";
    case TileFigure::PlanLost:
        return "plan lost";
    case TileFigure::MaskLost:
        return "mask lost";
    }
    return "";
}

const char *explain(TileFigure figure)
{
    switch (figure) {
    case TileFigure::PlanGap:
        return "how far the plan's objective is from the certified bound: |bound − ⟨S, A⟩| / bound";
    case TileFigure::MaskGap:
        return "how far the mask is below the certified bound, at most: (bound − objective) / bound";
    case TileFigure::Residual:
        return "largest violation of a row or column of the plan: |sum − N| / N";
    case TileFigure::Undecided:
        return "share of the plan's entries between 0.01 and 0.99";
    case TileFigure::PlanLost:
        return "share of the tile's scores that the plan does not keep";
    case TileFigure::MaskLost:
        return "share of the tile's scores that the mask drops";
    }
    return "";
}

} // namespace nms
