// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tile_inspection.h"

#include "core/methods/method.h"

#include <algorithm>
#include <bit>

namespace nms {

namespace {

constexpr int updateDelay = 60; // ms
constexpr double quickWork = 1.3e6; // entries passed over: 300 iterations of a 64 × 64 tile, about a millisecond

bool goesOn(SessionState state)
{
    return state == SessionState::Running || state == SessionState::Rounding;
}

bool isSwap(const RoundingStep &step)
{
    return step.kind == RoundingStep::Kind::Swap || step.kind == RoundingStep::Kind::Exchange;
}

std::optional<std::size_t> potentialsIn(const Snapshot &snapshot, std::int64_t tileRow, std::int64_t tileCol)
{
    const TileRegion &region = snapshot.region;
    const std::size_t lines = std::size_t(2 * snapshot.grid.m);
    if (tileRow < region.tileRow0 || tileRow >= region.tileRow1 || tileCol < region.tileCol0 || tileCol >= region.tileCol1)
        return std::nullopt;
    const std::size_t at = std::size_t((tileRow - region.tileRow0) * region.tileCols() + tileCol - region.tileCol0) * lines;
    return snapshot.potentials.size() >= at + lines ? std::optional(at) : std::nullopt;
}

} // namespace

bool isQuick(const SolveOptions &options)
{
    return traceWork(options) * options.pattern.m * options.pattern.m <= quickWork;
}

TileInspection &TileInspection::of(Workspace &workspace)
{
    auto *known = workspace.findChild<TileInspection *>(QString(), Qt::FindDirectChildrenOnly);
    return known ? *known : *new TileInspection(workspace);
}

TileInspection::TileInspection(Workspace &workspace)
    : QObject(&workspace), m_workspace(workspace), m_task([this](const Error &error) {
          emit m_workspace.message(MessageLevel::Error, QString::fromStdString(error.line()), MessageSubject::Tensor);
      })
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(updateDelay);
    connect(&m_timer, &QTimer::timeout, this, &TileInspection::update);
    connect(&workspace, &Workspace::snapshotChanged, this, &TileInspection::follow);
    connect(&workspace, &Workspace::solutionChanged, this, &TileInspection::follow);
    connect(&workspace, &Workspace::sessionChanged, this, &TileInspection::follow);
    connect(&workspace, &Workspace::optionsChanged, this, &TileInspection::follow);
    connect(&workspace, &Workspace::scoreChanged, this, &TileInspection::follow);
    connect(&workspace, &Workspace::tensorChanged, this, &TileInspection::follow);
    connect(&workspace, &Workspace::pruningChanged, this, &TileInspection::follow);
    connect(&workspace, &Workspace::selectedTileChanged, this, &TileInspection::update);
    update();
}

void TileInspection::follow()
{
    if (!m_timer.isActive())
        m_timer.start();
}

bool TileInspection::Sources::operator==(const Sources &other) const
{
    const bool isSameSnapshot = !snapshot.owner_before(other.snapshot) && !other.snapshot.owner_before(snapshot);
    return isSameSnapshot && tensor == other.tensor && iteration == other.iteration && solution == other.solution &&
        tile == other.tile && options == other.options && isRunning == other.isRunning;
}

TileInspection::Sources TileInspection::sources() const
{
    const auto tensor = m_workspace.tensor();
    const TileGrid grid = m_workspace.grid();
    const std::optional<std::int64_t> tile = m_workspace.selectedTile();
    if (!tensor || m_workspace.showsPruning() || !tile || *tile >= grid.count())
        return {};
    Sources now;
    now.tensor = tensor;
    now.tile = tile;
    now.options = m_workspace.shownOptions();
    if (const auto snapshot = m_workspace.shownSnapshot(); snapshot && snapshot->grid == grid) {
        now.snapshot = snapshot;
        now.iteration = snapshot->iteration;
    }
    if (auto solution = m_workspace.shownSolution(); solution && solution->grid == grid)
        now.solution = std::move(solution);
    now.isRunning = goesOn(m_workspace.sessionStatus().state) && !m_workspace.isScrubbing();
    return now;
}

void TileInspection::update()
{
    m_timer.stop();
    Sources now = sources();
    if (now == m_sources)
        return;
    m_sources = std::move(now);
    m_tile = m_sources.tile;
    m_task.cancel();
    m_trace.reset();
    m_deviations = 0;
    const bool hadStep = m_step.has_value();
    m_step.reset();
    explain();
    requestTrace();
    emit changed();
    if (hadStep)
        emit stepChanged();
}

void TileInspection::explain()
{
    m_explained = {};
    m_explanation = {};
    m_statements = {};
    if (!m_tile)
        return;
    const TileGrid grid = m_workspace.grid();
    const SolveOptions &options = m_sources.options;
    const MethodTraits &traits = traitsOf(options.method);
    const std::int64_t tileRow = grid.rowOf(*m_tile), tileCol = grid.colOf(*m_tile);
    jobs::ExplainedTile &tile = m_explained;
    tile.pattern = options.pattern;
    tile.lines = traits.lines;
    tile.provesOptimum = traits.provesOptimum;
    tile.tau = isEntropic(options.method) ? options.tau : 0;
    tile.residualLimit = options.residualLimit();
    tile.row0 = tileRow * grid.m;
    tile.col0 = tileCol * grid.m;
    tile.score = m_sources.tensor->score->span().block(tile.row0, tile.col0, grid.realRows(*m_tile), grid.realCols(*m_tile));
    if (const auto snapshot = m_sources.snapshot.lock())
        if (const auto at = potentialsIn(*snapshot, tileRow, tileCol)) {
            m_plan = snapshot->plan.block((tileRow - snapshot->region.tileRow0) * grid.m,
                                          (tileCol - snapshot->region.tileCol0) * grid.m, tile.score.rows, tile.score.cols);
            m_potentials.assign(snapshot->potentials.begin() + std::ptrdiff_t(*at),
                                snapshot->potentials.begin() + std::ptrdiff_t(*at) + 2 * grid.m);
            tile.plan = m_plan.span();
            tile.alpha = std::span(m_potentials).first(std::size_t(grid.m));
            tile.beta = std::span(m_potentials).last(std::size_t(grid.m));
        }
    if (const Solution *solution = m_sources.solution.get()) {
        const TileMask mask = loadTile(solution->mask, grid, *m_tile);
        tile.mask.assign(mask.rows.begin(), mask.rows.begin() + grid.m);
        tile.maskResult = solution->tiles[std::size_t(*m_tile)];
    }
    state();
}

void TileInspection::state()
{
    m_explanation = jobs::explainTile(m_explained);
    m_statements = jobs::statementsOf(m_explained, m_explanation);
}

void TileInspection::requestTrace()
{
    const bool hasRun = m_sources.iteration || m_sources.solution;
    if (!m_tile || !hasRun || m_sources.isRunning || !canTrace(m_sources.options) || m_sources.tensor->notFinite)
        return;
    SolveOptions options = m_sources.options;
    options.threads = 1;
    const std::optional<int> iterations = m_sources.iteration;
    if (iterations && isEntropic(options.method))
        options.iterations = std::max(1, *iterations);
    if (isQuick(options)) {
        takeTrace(traceTile(m_explained.score, options, iterations));
        return;
    }
    m_task.start([this, options, iterations, tensor = m_sources.tensor,
                  cells = m_explained.score](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        auto trace = std::make_shared<Result<TileTrace>>(traceTile(cells, options, iterations, context.stop));
        return [this, trace, tensor] {
            takeTrace(*trace);
            emit changed();
        };
    });
}

void TileInspection::takeTrace(const Result<TileTrace> &trace)
{
    if (!trace)
        return;
    TileTrace own = *trace;
    own.options = m_sources.options;
    m_trace = std::make_shared<const TileTrace>(std::move(own));
    for (std::size_t i = 0; i < m_explained.mask.size(); ++i) {
        const std::uint64_t real =
            i < std::size_t(m_explained.score.rows) ? ~std::uint64_t(0) >> (64 - int(m_explained.score.cols)) : 0;
        m_deviations += std::popcount((m_trace->mask.rows[i] & real) ^ m_explained.mask[i]);
    }
    if (m_explained.mask.empty() || m_deviations > 0)
        return;
    m_explained.maskAlpha = m_trace->maskAlpha;
    m_explained.maskBeta = m_trace->maskBeta;
    state();
}

QString TileInspection::note() const
{
    if (!m_tile)
        return {};
    if (!m_sources.iteration && !m_sources.solution)
        return tr("No run yet: the decisions by which a mask is made follow here");
    if (!canTrace(m_sources.options))
        return tr("This method ranks the scores of the whole matrix: a tile has no decisions of its own");
    if (m_sources.isRunning)
        return tr("While the run goes on nothing is rounded: pause it to see the mask of this iteration");
    if (!m_trace)
        return tr("Solving the tile again …");
    if (m_trace->steps.empty())
        return traitsOf(m_sources.options.method).provesOptimum
            ? tr("Nothing is rounded: the plan is the mask, which the potentials prove to be optimal")
            : tr("This method chooses a mask as a whole, not entry by entry");
    if (m_deviations > 0)
        return tr("As the CPU rounds it: the mask on screen differs in %n entries", nullptr, m_deviations);
    if (!m_sources.solution)
        return tr("As it would be rounded at this iteration");
    return {};
}

void TileInspection::setStep(std::optional<int> step)
{
    if (step && (!m_trace || *step < 0 || std::size_t(*step) >= m_trace->steps.size()))
        step.reset();
    if (step == m_step)
        return;
    m_step = step;
    emit stepChanged();
}

void TileInspection::moveStep(int by)
{
    if (!m_trace || m_trace->steps.empty())
        return;
    const int next = std::min(m_step.value_or(-1) + by, int(m_trace->steps.size()) - 1);
    setStep(next < 0 ? std::nullopt : std::optional(next));
}

void TileInspection::toNextSwap()
{
    if (!m_trace || m_trace->steps.empty())
        return;
    const auto &steps = m_trace->steps;
    const auto from = steps.begin() + (m_step.value_or(-1) + 1);
    auto next = std::find_if(from, steps.end(), isSwap);
    if (next == steps.end())
        next = std::find_if(steps.begin(), steps.end(), isSwap);
    if (next != steps.end())
        setStep(int(next - steps.begin()));
}

std::optional<TileMask> TileInspection::maskAtStep() const
{
    if (!m_step || !m_trace)
        return std::nullopt;
    // Backwards from the final mask, since what it was started from is not stored.
    TileMask mask = m_trace->mask;
    for (std::size_t k = m_trace->steps.size(); k-- > std::size_t(*m_step) + 1;) {
        for (const TileCell &cell : m_trace->steps[k].added())
            mask.remove(cell.row, cell.col);
        for (const TileCell &cell : m_trace->steps[k].removed())
            mask.add(cell.row, cell.col);
    }
    return mask;
}

} // namespace nms
