// SPDX-License-Identifier: Apache-2.0
#include "core/methods/method.h"
#include "core/methods/solve_options.h"
#include "core/methods/tile_solver.h"

#include "core/tile/masks/bound.h"
#include "core/tile/masks/mask_kernels.h"

#include <algorithm>

namespace nms {

namespace {

/// One of the selections of MaskKernels that treat every row or column by itself.
using Selection = void (*MaskKernels::*)(SelectionWork &work, const float *scores);

class LineSelection
{
public:
    LineSelection(NmPattern pattern, Selection selection, SimdLevel level) : m_selection(selection), m_level(level)
    {
        m_work.n = pattern.n;
        m_work.m = pattern.m;
    }

    void operator()(const TileScores &scores, TileMask &out)
    {
        (maskKernels(m_level, scores.stride()).*m_selection)(m_work, scores.row(0));
        out = {};
        std::copy_n(m_work.rows, m_work.m, out.rows.data());
    }

private:
    Selection m_selection;
    SimdLevel m_level;
    SelectionWork m_work;
};

/// Standard N:M along rows or along columns of each tile. upperBound = objective: optimal among such masks.
class StandardNm : public TileSolver
{
public:
    StandardNm(NmPattern pattern, bool alongRows, SimdLevel level)
        : m_level(level), m_select(pattern, alongRows ? &MaskKernels::largestInRows : &MaskKernels::largestInColumns, level)
    { }

    TileResult solve(const TileScores &scores, std::int64_t, const std::stop_token &, TileMask &out) override
    {
        m_select(scores, out);
        TileResult result;
        result.objective = result.upperBound = keptScore(scores, out, m_level);
        return result;
    }

private:
    SimdLevel m_level;
    LineSelection m_select;
};

/// N:M along rows, then along columns of the entries that were kept (Zhang et al. 2023, Bi-Mask). Columns with fewer than n
/// such entries keep fewer.
class BiNm : public TileSolver
{
public:
    BiNm(NmPattern pattern, SimdLevel level)
        : m_n(pattern.n), m_select(pattern, &MaskKernels::largestInBoth, level), m_bound(level)
    { }

    TileResult solve(const TileScores &scores, std::int64_t, const std::stop_token &, TileMask &out) override
    {
        m_select(scores, out);
        return m_bound.judge(scores, m_n, out);
    }

private:
    int m_n;
    LineSelection m_select;
    ThresholdSweeps m_bound;
};

template <bool alongRows> std::unique_ptr<TileSolver> makeStandardNm(const SolveOptions &options, SimdLevel level)
{
    return std::make_unique<StandardNm>(options.pattern, alongRows, level);
}

std::unique_ptr<TileSolver> makeBiNm(const SolveOptions &options, SimdLevel level)
{
    return std::make_unique<BiNm>(options.pattern, level);
}

} // namespace

const MethodTraits biNmTraits = {
    .method = Method::BiNm, .name = "bi-nm", .title = "Bi-N:M", .keepsExactlyN = false, .makeTile = makeBiNm};

const MethodTraits rowNmTraits = {.method = Method::RowNm,
                                  .name = "row-nm",
                                  .title = "Rows only",
                                  .comparedByDefault = true,
                                  .lines = MaskPromise::Lines::Rows,
                                  .device = DeviceProgram::RowNm,
                                  .makeTile = makeStandardNm<true>};

const MethodTraits colNmTraits = {.method = Method::ColNm,
                                  .name = "col-nm",
                                  .title = "Columns only",
                                  .lines = MaskPromise::Lines::Columns,
                                  .device = DeviceProgram::ColNm,
                                  .makeTile = makeStandardNm<false>};

} // namespace nms
