// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/overlay_views.h"
#include "core/io/weights_format.h"
#include "core/methods/selection_log.h"

#include "ui/models/breakpoint_text.h"
#include "ui/models/prune_run.h"
#include "ui/models/prune_verdict.h"
#include "ui/models/rounding_steps_model.h"
#include "ui/models/shown_verdict.h"
#include "ui/models/tile_inspection.h"

#include <algorithm>
#include <cmath>

namespace nms {

using overlay::Tone;

namespace {

bool isOver(SessionState state)
{
    return state == SessionState::Rounding || state == SessionState::Finished || state == SessionState::Cancelled ||
        state == SessionState::Failed;
}

Tone toneOf(VerdictLevel level)
{
    switch (level) {
    case VerdictLevel::Good:
        return Tone::Good;
    case VerdictLevel::Warning:
        return Tone::Warn;
    case VerdictLevel::Bad:
        return Tone::Bad;
    case VerdictLevel::Neutral:
        break;
    }
    return Tone::Muted;
}

} // namespace

/// The timeline of the pruning; its steps are shown as iterations.
static overlay::TimelineView pruningTimeline(const Workspace &workspace, const Transport &transport)
{
    const PruneRun &run = workspace.pruning();
    const PruneView &state = run.view();
    const auto shown = run.shown();
    overlay::TimelineView view;
    view.hasRun = state.live != nullptr;
    view.playing = transport.isPlaying();
    view.scrubbing = run.scrubbedTo().has_value();
    view.finished = isOver(state.status.state);
    view.live = state.status.iteration;
    view.shown = run.scrubbedTo() && run.scrubError() ? *run.scrubbedTo() : shown ? shown->step() : 0;
    view.planned = state.status.plannedIterations;
    view.historyFirst = state.history.firstIteration;
    view.historyLast = state.history.lastIteration;
    view.speed = transport.speed();
    const Verdict verdict = pruneVerdict(run);
    view.verdict = verdict.text.toStdString();
    view.advice = verdict.advice.toStdString();
    view.tone = toneOf(verdict.level);
    return view;
}

static overlay::TimelineView trainingTimeline(const TrainingView &training, const Transport &transport)
{
    overlay::TimelineView view;
    view.hasRun = true;
    view.isTraining = true;
    view.playing = transport.isPlaying();
    view.scrubbing = training.scrubbedTo().has_value();
    view.live = training.status().iteration;
    view.shown = training.shown();
    view.planned = std::max(1, view.live);
    view.historyFirst = training.history().firstIteration;
    view.historyLast = training.history().lastIteration;
    view.speed = transport.speed();
    const Verdict verdict = training.verdict();
    view.verdict = verdict.text.toStdString();
    view.kept = verdict.kept.toStdString();
    view.advice = verdict.advice.toStdString();
    view.tone = toneOf(verdict.level);
    return view;
}

overlay::TimelineView timelineView(const Workspace &workspace, const Transport &transport)
{
    if (workspace.showsPruning())
        return pruningTimeline(workspace, transport);
    if (const TrainingView *training = TrainingView::shownIn(workspace))
        return trainingTimeline(*training, transport);
    overlay::TimelineView view;
    const SessionStatus status = workspace.sessionStatus();
    const HistoryInfo history = workspace.history();
    const SolveOptions options = workspace.shownOptions();
    const auto snapshot = workspace.shownSnapshot();
    view.hasRun = status.state != SessionState::Idle && (status.iteration > 0 || snapshot);
    view.playing = transport.isPlaying();
    view.scrubbing = workspace.isScrubbing();
    view.busy = status.state == SessionState::Rounding;
    view.finished = isOver(status.state);
    view.live = status.iteration;
    view.shown = status.iteration;
    if (workspace.scrubError())
        view.shown = *workspace.scrubbedTo();
    else if (snapshot && (view.scrubbing || view.finished))
        view.shown = snapshot->iteration;
    view.refining = workspace.refining();
    if (view.refining)
        view.wanted = *workspace.scrubbedTo();
    view.planned = status.plannedIterations;
    if (!view.hasRun && isEntropic(options.method) && workspace.canWatch())
        view.planned = options.iterations;
    view.historyFirst = history.firstIteration;
    view.historyLast = history.lastIteration;
    view.speed = transport.speed();
    if (const auto breakpoint = workspace.breakpoint()) {
        if (!breakpoint->tile)
            view.breakpoint = {breakpoint->iteration, breakpoint->residualBelow, breakpoint->planGapBelow};
        view.breakpointText = conditionText(*breakpoint, workspace.grid()).toStdString();
    }
    const Verdict verdict = shownVerdict(workspace);
    view.verdict = verdict.text.toStdString();
    view.kept = verdict.kept.toStdString();
    view.advice = verdict.advice.toStdString();
    view.tone = toneOf(verdict.level);
    return view;
}

overlay::ReadoutView readoutView(const ViewSources &sources, std::int64_t row, std::int64_t col)
{
    overlay::ReadoutView view;
    view.row = row;
    view.col = col;
    view.tileRow = row / sources.grid.m;
    view.tileCol = col / sources.grid.m;
    view.weight = (*sources.tensor->weights)(row, col);
    view.score = (*sources.tensor->score)(row, col);
    if (const auto plan = sources.planOf(row, col, 1, 1))
        view.plan = (*plan)(0, 0);
    view.kept = sources.keptAt(row, col);
    if (sources.pruned) {
        view.pruned = sources.pruned->layer.weights(row, col);
        if (const auto &error = sources.pruned->error) {
            view.error = error->entries(row, col);
            if (sources.showsErrorMap()) {
                view.rowError = error->rows[std::size_t(row)];
                view.colError = error->cols[std::size_t(col)];
            }
        }
    }
    return view;
}

static Tone toneOf(jobs::Judgement judgement)
{
    switch (judgement) {
    case jobs::Judgement::Good:
        return Tone::Good;
    case jobs::Judgement::Warning:
        return Tone::Warn;
    case jobs::Judgement::Neutral:
        break;
    }
    return Tone::Plain;
}

static std::optional<overlay::ProjectionsView> projectionsOf(const Workspace &workspace, const Snapshot *snapshot)
{
    if (!snapshot || snapshot->iteration == 0)
        return std::nullopt;
    const std::span<const Projection> projections = projectionsOf(workspace.shownOptions().method);
    overlay::ProjectionsView view;
    using Place = overlay::ProjectionsView::Place;
    if (snapshot->stats.stage == Stage::Augment) {
        view.names = {"augmenting paths"};
        view.place = Place::Cells;
        return view;
    }
    for (const Projection projection : projections) {
        view.names.emplace_back(projection == Projection::Rows          ? "rows"
                                    : projection == Projection::Columns ? "columns"
                                                                        : "cap");
        view.place = projection == Projection::Rows ? Place::Rows
            : projection == Projection::Columns     ? Place::Columns
                                                    : Place::Cells;
    }
    if (view.names.empty())
        return std::nullopt;
    view.last = view.names.size() - 1;
    return view;
}

/// The decision of the rounding that is looked at: the mask after it, and what it has changed.
static void showStep(overlay::TileInspectorView &view, const TileInspection &inspection)
{
    const auto mask = inspection.maskAtStep();
    if (!mask)
        return;
    const RoundingStep &step = inspection.trace()->steps[std::size_t(*inspection.step())];
    view.mask.clear();
    for (int i = 0; i < view.rows; ++i)
        for (int j = 0; j < view.cols; ++j)
            view.mask.push_back(mask->at(i, j) ? 1.F : 0.F);
    view.layer = overlay::TileLayer::Mask;
    using Mark = overlay::CellMark::Kind;
    for (const TileCell &cell : step.added())
        view.marks.push_back({cell.row, cell.col, Mark::Added});
    for (const TileCell &cell : step.removed())
        view.marks.push_back({cell.row, cell.col, Mark::Removed});
    if (step.kind == RoundingStep::Kind::RowFull || step.kind == RoundingStep::Kind::ColumnFull)
        view.marks.push_back({step.entry.row, step.entry.col, Mark::Refused});
    RoundingStepsModel texts;
    texts.setTrace(inspection.trace(), view.tileRow * view.m, view.tileCol * view.m);
    const int at = *inspection.step();
    view.verdict =
        QStringLiteral("%1 of %2, %3 %4")
            .arg(at + 1)
            .arg(texts.rowCount())
            .arg(texts.textOf(step), texts.data(texts.index(at, RoundingStepsModel::Gain), Qt::DisplayRole).toString())
            .toStdString();
    view.tone = Tone::Plain;
}

overlay::TileInspectorView inspectorView(Workspace &workspace, const ViewSources &sources, std::int64_t tile,
                                         overlay::TileLayer layer)
{
    const TileGrid &grid = sources.grid;
    overlay::TileInspectorView view;
    view.tile = tile;
    view.tileRow = grid.rowOf(tile);
    view.tileCol = grid.colOf(tile);
    view.n = sources.pattern.n;
    view.m = sources.pattern.m;
    view.rows = grid.realRows(tile);
    view.cols = grid.realCols(tile);
    const std::int64_t row0 = view.tileRow * grid.m;
    const std::int64_t col0 = view.tileCol * grid.m;
    for (std::int64_t row = row0; row < row0 + view.rows; ++row)
        for (std::int64_t col = col0; col < col0 + view.cols; ++col) {
            view.score.push_back((*sources.tensor->score)(row, col));
            if (const auto kept = sources.keptAt(row, col))
                view.mask.push_back(*kept ? 1.F : 0.F);
        }
    if (const auto plan = sources.planOf(row0, col0, view.rows, view.cols))
        view.plan.assign(plan->data(), plan->data() + plan->size());
    // Scaled to the tile's own maximum, as in the solver.
    view.scoreScale = {0, std::max(1e-12F, *std::max_element(view.score.begin(), view.score.end())), false};
    if (sources.snapshot)
        if (const auto at = potentialsOf(*sources.snapshot, tile)) {
            const auto first = sources.snapshot->potentials.begin() + std::ptrdiff_t(*at);
            view.alpha.assign(first, first + view.m);
            view.beta.assign(first + view.m, first + 2 * view.m);
        }
    view.layer = layer;
    for (const auto other : {overlay::TileLayer::Plan, overlay::TileLayer::Mask, overlay::TileLayer::Score})
        if (overlay::valuesOf(view, view.layer).empty())
            view.layer = other;
    const TileInspection &inspection = TileInspection::of(workspace);
    if (const TrainingView *training = TrainingView::shownIn(workspace)) {
        view.verdict = training->verdict().advice.toStdString();
        return view;
    }
    if (sources.prunes || !inspection.isThere() || workspace.selectedTile() != tile)
        return view;
    view.verdict = inspection.statements().headline.text;
    view.tone = toneOf(inspection.statements().headline.judgement);
    view.projections = projectionsOf(workspace, sources.snapshot.get());
    showStep(view, inspection);
    return view;
}

std::optional<overlay::CellValuesView> cellValuesView(const SceneBuilder &scenes, const Camera &camera, std::int64_t rows,
                                                      std::int64_t cols, double leastSide)
{
    if (camera.pixelsPerCell < leastSide)
        return std::nullopt;
    const CellRect visible = camera.visible();
    const auto clip = [](double cell, std::int64_t count) {
        return std::clamp(std::int64_t(std::floor(cell)), std::int64_t(0), count);
    };
    const std::int64_t row0 = clip(visible.row0, rows);
    const std::int64_t col0 = clip(visible.col0, cols);
    const std::int64_t row1 = clip(visible.row1 + 1, rows);
    const std::int64_t col1 = clip(visible.col1 + 1, cols);
    overlay::CellValuesView view;
    const PixelPoint corner = camera.pixelOf({double(row0), double(col0)});
    view.x = float(corner.x);
    view.y = float(corner.y);
    view.cell = float(camera.pixelsPerCell);
    view.rows = int(row1 - row0);
    view.cols = int(col1 - col0);
    view.colors = scenes.colors();
    view.scale = scenes.scale();
    const auto values = scenes.valuesOf(row0, col0, row1 - row0, col1 - col0);
    if (!values)
        return std::nullopt;
    view.values.assign(values->data(), values->data() + values->size());
    return view;
}

static Hint hintForPruning(const PruneRun &run, const ViewSources &sources)
{
    if (sources.view == MatrixView::Score)
        return {};
    if (sources.view == MatrixView::Plan)
        return {"A pruning has no plan", "weights, mask and error show how far it is"};
    if (const auto error = run.scrubError())
        return {"Step " + std::to_string(*run.scrubbedTo()) + " cannot be shown", error->line()};
    if (sources.pruned && sources.view == MatrixView::Error && !sources.pruned->error)
        return {"Without a calibration file no error is known", "choose one in the Pruning panel"};
    if (sources.pruned || sources.view == MatrixView::Weights)
        return {};
    if (run.view().status.starting)
        return {pruneVerdict(run).text.toStdString(), {}};
    return {"Press Run in the Pruning panel (Space)", {}};
}

Hint hintFor(const Workspace &workspace, const ViewSources &sources)
{
    if (sources.preview)
        return sources.showsPreview() ? Hint() : Hint{"Reading …", {}};
    if (!sources.tensor)
        return workspace.isLoading() ? Hint{"Reading …", {}}
                                     : Hint{"Open a weights file (Ctrl+O), or drop one here", weightsFormatNames()};
    if (sources.prunes)
        return hintForPruning(workspace.pruning(), sources);
    if (TrainingView::shownIn(workspace)) {
        if (sources.view == MatrixView::Plan)
            return {"Of a training only the masks are known", "they are in the mask view"};
        return {};
    }
    const SessionState state = workspace.sessionStatus().state;
    const bool goesOn = state == SessionState::Running || state == SessionState::Rounding;
    const bool showsIteration = sources.view == MatrixView::Plan || sources.view == MatrixView::Error;
    if (const auto error = workspace.scrubError(); error && showsIteration)
        return {shownVerdict(workspace).text.toStdString(), error->line()};
    switch (sources.view) {
    case MatrixView::Weights:
    case MatrixView::Score:
        break;
    case MatrixView::Plan:
        if (sources.snapshot)
            break;
        if (const QString start = startText(workspace.shownOptions(), workspace.sessionStatus()); !start.isEmpty())
            return {start.toStdString(), {}};
        if (workspace.showsKeptRun())
            return {"Of this run only the mask is in memory", "Restart (Ctrl+R) solves it again, with its plan"};
        if (goesOn)
            return {"The first iterations are on their way …", {}};
        if (sources.solution)
            return {"This method makes its mask without a plan", "choose dykstra or exact to watch one form"};
        return {"Press Run (Space) to watch the plan form", {}};
    case MatrixView::Mask:
        if (sources.solution)
            break;
        if (goesOn || state == SessionState::Paused)
            return {"The mask is made when the run ends", "the plan view shows how far it is"};
        return {"Press Run (Space) to find the mask", {}};
    case MatrixView::Error:
        if (sources.solution || sources.snapshot)
            break;
        return {"Press Run (Space) to see what is lost", {}};
    }
    return {};
}

} // namespace nms
