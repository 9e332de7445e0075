// SPDX-License-Identifier: Apache-2.0
// The n-th and (n+1)-th largest of every lane at once.
#pragma once

#include "core/solver/tile/tile_scores.h"

namespace nms {

/// For every lane l < stride (4, 8, 16, 32 or 64): the n-th largest (1 ≤ n ≤ count) of table[e·stride + l] − offset[e] over
/// e < count, and the one after it (for n = count the n-th again). No NaN.
void selectLanes(const double *table, const double *offset, int stride, int count, int n, TileArray<double> &scratch,
                 double *nth, double *next);

} // namespace nms
