// SPDX-License-Identifier: Apache-2.0
#include "ui/models/lesson_player.h"

#include "core/lesson/lesson_reader.h"
#include "core/lesson/setting_values.h"
#include "ui/models/prune_run.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

constexpr double quickWork = 4e5; // entries × iterations that are solved at once, within a frame

MatrixView layerView(const lesson::State &state)
{
    using View = lesson::State::View;
    switch (state.view.value_or(View::Mask)) {
    case View::Weights:
        return MatrixView::Weights;
    case View::Scores:
        return MatrixView::Score;
    case View::Plan:
        return MatrixView::Plan;
    case View::Error:
        return MatrixView::Error;
    case View::Mask:
    case View::Reduced:
        break;
    }
    return MatrixView::Mask;
}

} // namespace

LessonPlayer::LessonPlayer(Workspace &workspace, QObject *parent)
    : QObject(parent), m_workspace(workspace), m_solving([this](const Error &error) {
          m_tileError = error;
          emit tileChanged();
      })
{
    // After all others have taken note of the tensor: the window sets its calibration file then.
    connect(
        &workspace, &Workspace::tensorChanged, this,
        [this] {
            if (m_isWaitingForTensor || m_isWaitingForRun) // a tensor that is read again drops the run
                continueLayer();
        },
        Qt::QueuedConnection);
    connect(&workspace.pruning(), &PruneRun::inputsChanged, this, &LessonPlayer::pruneLayer);
    connect(&workspace, &Workspace::pruningChanged, this, &LessonPlayer::noteArrival);
    connect(&workspace, &Workspace::solutionChanged, this, &LessonPlayer::noteArrival);
    connect(&workspace, &Workspace::sessionChanged, this, &LessonPlayer::noteArrival);
    connect(&workspace, &Workspace::snapshotChanged, this, &LessonPlayer::noteArrival);
    connect(&workspace, &Workspace::optionsChanged, this, &LessonPlayer::busyChanged); // isChanged()
    connect(&workspace, &Workspace::viewChanged, this, &LessonPlayer::busyChanged);
    connect(&workspace, &Workspace::loadingChanged, this, &LessonPlayer::busyChanged);
}

Status LessonPlayer::open(const QString &fileName, std::size_t step)
{
    Result<lesson::Lesson> read =
        lesson::readLesson(QFile::encodeName(QFileInfo(fileName).absoluteFilePath()).toStdString());
    if (!read)
        return fail(read.error());
    m_lesson = std::make_unique<lesson::Lesson>(std::move(*read));
    m_answers.assign(m_lesson->steps.size(), std::nullopt);
    m_step = std::min(step, m_lesson->steps.size() - 1);
    emit lessonChanged();
    showState();
    if (!m_layer && !m_workspace.tensor() && !m_workspace.isLoading())
        openFirstLayer();
    emit stepChanged();
    return {};
}

void LessonPlayer::close()
{
    if (!m_lesson)
        return;
    m_lesson.reset();
    m_answers.clear();
    m_step = 0;
    m_solving.cancel();
    m_state = {};
    m_tile.reset();
    m_tileOfStep.reset();
    m_history.reset();
    m_layer.reset();
    m_isWaitingForTensor = m_isWaitingForInputs = m_isWaitingForRun = false;
    emit lessonChanged();
    emit stepChanged();
}

void LessonPlayer::setStep(std::size_t step)
{
    if (!m_lesson || step >= m_lesson->steps.size() || step == m_step)
        return;
    m_step = step;
    showState();
    emit stepChanged();
}

void LessonPlayer::back()
{
    if (m_step > 0)
        setStep(m_step - 1);
}

void LessonPlayer::showState()
{
    m_isWaitingForTensor = m_isWaitingForInputs = m_isWaitingForRun = false;
    const auto state = m_lesson->stateAt(m_step);
    m_state = state.value_or(lesson::State());
    const lesson::Case *which = state ? m_lesson->find(state->caseName) : nullptr;
    m_layer.reset();
    if (const auto *tile = which ? std::get_if<lesson::TileCase>(&which->what) : nullptr) {
        showTile(*tile);
    } else {
        m_solving.cancel();
        m_tile.reset();
        m_tileOfStep.reset();
        m_history.reset();
        m_tileError.reset();
        emit tileChanged();
        if (const auto *layer = which ? std::get_if<lesson::LayerCase>(&which->what) : nullptr)
            showLayer(*layer);
    }
    if (!m_state.panel.empty())
        emit panelWanted(QString::fromStdString(m_state.panel));
    emit busyChanged();
}

// --- the small tile ---------------------------------------------------------------------------------------------------

void LessonPlayer::showTile(const lesson::TileCase &tile)
{
    m_tileOfStep =
        LessonTile{tile.problem, tile.options, m_state.iteration, m_state.view.value_or(lesson::State::View::Scores)};
    const bool isSolved = m_tile && m_history && m_tile->problem == tile.problem && m_tile->options == tile.options;
    m_tile = m_tileOfStep;
    if (isSolved)
        emit tileChanged();
    else
        solveTile();
}

void LessonPlayer::solveTile()
{
    m_solving.cancel();
    m_tileError.reset();
    const auto take = [this](const std::shared_ptr<Result<TileHistory>> &solved) {
        if (*solved)
            m_history = std::make_shared<const TileHistory>(std::move(**solved));
        else
            m_tileError = solved->error();
        emit tileChanged();
        emit busyChanged();
    };
    m_history.reset();
    const double work = double(m_tile->problem.scores.size()) * m_tile->options.iterations;
    if (work <= quickWork) {
        take(std::make_shared<Result<TileHistory>>(nms::solveTile(m_tile->problem, m_tile->options)));
        return;
    }
    m_solving.start([take, tile = *m_tile](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        auto solved = std::make_shared<Result<TileHistory>>(nms::solveTile(tile.problem, tile.options, context.stop));
        return [take, solved] {
            take(solved);
        };
    });
    emit tileChanged();
}

const TileIterate *LessonPlayer::iterate() const
{
    return m_tile && m_history ? &lesson::iterateAt(*m_history, m_tile->iteration) : nullptr;
}

void LessonPlayer::setTile(const LessonTile &tile)
{
    if (!m_tile || tile == *m_tile)
        return;
    const bool isSolved = tile.problem == m_tile->problem && tile.options == m_tile->options;
    m_tile = tile;
    if (isSolved)
        emit tileChanged();
    else
        solveTile();
}

void LessonPlayer::setIteration(std::optional<int> iteration)
{
    if (!m_tile)
        return;
    LessonTile tile = *m_tile;
    tile.iteration = iteration;
    setTile(tile);
}

void LessonPlayer::setView(lesson::State::View view)
{
    if (!m_tile)
        return;
    LessonTile tile = *m_tile;
    tile.view = view;
    setTile(tile);
}

// --- the layer --------------------------------------------------------------------------------------------------------

RunSettings LessonPlayer::settingsFor(const lesson::LayerCase &layer) const
{
    RunSettings settings = m_workspace.settings();
    const int threads = settings.options.threads;
    settings.options = layer.options;
    settings.options.threads = threads;
    settings.score = {};
    return settings;
}

void LessonPlayer::showLayer(const lesson::LayerCase &layer)
{
    m_layer = layer;
    const QString file = QFileInfo(QFile::decodeName(m_files.weights.c_str())).canonicalFilePath();
    if (file.isEmpty())
        return;
    m_isWaitingForTensor = true;
    const auto open = m_workspace.tensor();
    const QString path = QString::fromStdString(layer.tensor);
    if (open && open->file == file && open->info.path == layer.tensor && !m_workspace.isLoading())
        continueLayer();
    else if (std::ranges::any_of(m_workspace.files(), [&](const OpenFile &each) { return each.fileName == file; }))
        m_workspace.selectTensor(file, path);
    else
        m_workspace.openFileAt(file, path);
}

/// So that the window is not empty before the first step with a layer.
void LessonPlayer::openFirstLayer()
{
    const auto found = std::ranges::find_if(
        m_lesson->cases, [](const lesson::Case &each) { return std::holds_alternative<lesson::LayerCase>(each.what); });
    const QString file = QFileInfo(QFile::decodeName(m_files.weights.c_str())).canonicalFilePath();
    if (found != m_lesson->cases.end() && !file.isEmpty())
        m_workspace.openFileAt(file, QString::fromStdString(std::get<lesson::LayerCase>(found->what).tensor));
}

void LessonPlayer::continueLayer()
{
    const auto tensor = m_workspace.tensor();
    if (!tensor || !m_layer || tensor->info.path != m_layer->tensor)
        return;
    m_isWaitingForTensor = m_isWaitingForRun = false; // what is told meanwhile is of the state before
    m_workspace.setPace(0);
    m_workspace.setSettings(settingsFor(*m_layer));
    if (m_layer->prune) {
        m_workspace.setCalibration(QFile::decodeName(m_files.calibration.c_str()));
        PruneOptions options = m_workspace.pruneOptions();
        options.framework = *m_layer->prune;
        options.kind = m_layer->kind;
        m_workspace.setPruneOptions(options);
        m_isWaitingForInputs = true;
        pruneLayer();
    } else if (!m_workspace.canWatch()) {
        m_workspace.setShowsPruning(false);
        m_workspace.run();
    } else if (m_state.iteration) {
        const SessionStatus status = m_workspace.sessionStatus();
        const bool isBehind =
            m_workspace.settingsDiffer() || status.state == SessionState::Idle || status.iteration < *m_state.iteration;
        if (isBehind)
            m_workspace.runTo(*m_state.iteration);
        else
            m_workspace.scrubTo(*m_state.iteration);
    } else {
        m_workspace.followLive();
        m_workspace.run();
    }
    m_workspace.setView(layerView(m_state));
    m_isWaitingForRun = true;
    noteArrival();
    emit busyChanged();
}

/// Once the inputs of the layer are known.
void LessonPlayer::pruneLayer()
{
    const PruneRun &run = m_workspace.pruning();
    if (!m_isWaitingForInputs || !(run.inputs() || run.inputsError()))
        return;
    m_isWaitingForInputs = false;
    m_workspace.pruning().setPace(0);
    m_workspace.prune();
    emit busyChanged();
}

/// The state of the run is what the step shows. Commands reach a session later than they are given, so its state alone does
/// not tell.
bool LessonPlayer::hasArrived() const
{
    if (m_layer->prune) {
        const SessionState state = m_workspace.pruning().view().status.state;
        return state == SessionState::Finished || state == SessionState::Failed;
    }
    const SessionState state = m_workspace.sessionStatus().state;
    if (m_workspace.settingsDiffer())
        return false;
    if (state == SessionState::Failed)
        return true;
    if (!m_state.iteration) // the mask comes after the last iteration
        return state == SessionState::Finished && m_workspace.solution() && !m_workspace.isScrubbing();
    const auto snapshot = m_workspace.shownSnapshot();
    return snapshot && snapshot->iteration == *m_state.iteration && state != SessionState::Running;
}

/// Once the run has got where the step wants it: before, the viewport would fly over a matrix that still changes.
void LessonPlayer::noteArrival()
{
    if (!m_isWaitingForRun || m_isWaitingForTensor || m_isWaitingForInputs || !m_layer || !hasArrived())
        return;
    m_isWaitingForRun = false;
    if (m_state.tile && *m_state.tile < m_workspace.grid().count())
        m_workspace.flyToTile(*m_state.tile);
    emit busyChanged();
}

bool LessonPlayer::isBusy() const
{
    return m_solving.isRunning() || m_isWaitingForTensor || m_isWaitingForInputs || m_isWaitingForRun;
}

bool LessonPlayer::isChanged() const
{
    if (m_tile)
        return *m_tile != *m_tileOfStep;
    return m_layer && !m_isWaitingForTensor &&
        (!m_workspace.tensor() || m_workspace.tensor()->info.path != m_layer->tensor ||
         m_workspace.settings() != settingsFor(*m_layer) || m_workspace.view() != layerView(m_state));
}

void LessonPlayer::restoreStep()
{
    if (m_lesson)
        showState();
}

// --- questions --------------------------------------------------------------------------------------------------------

const lesson::Question *LessonPlayer::question() const
{
    return m_lesson && m_lesson->steps[m_step].question ? &*m_lesson->steps[m_step].question : nullptr;
}

const std::optional<LessonPlayer::Answer> &LessonPlayer::answer() const
{
    static const std::optional<Answer> none;
    return m_lesson ? m_answers[m_step] : none;
}

void LessonPlayer::take(Answer answer)
{
    m_answers[m_step] = std::move(answer);
    emit answered();
}

void LessonPlayer::choose(std::size_t choice)
{
    const lesson::Question *asked = question();
    if (!asked || choice >= asked->choices.size())
        return;
    const lesson::Choice &chosen = asked->choices[choice];
    take({choice, {}, chosen.isRight, chosen.feedback});
}

void LessonPlayer::giveNumber(const QString &text)
{
    const lesson::Question *asked = question();
    QString plain = text.trimmed();
    plain.replace(QLatin1Char(','), QLatin1Char('.')).remove(QLatin1Char('%')).remove(QLatin1Char(' '));
    const auto number = lesson::numberFrom(plain.toStdString());
    if (!asked || !asked->answer || !number)
        return;
    const double wanted = m_lesson->figures[*asked->answer].value();
    constexpr double rounding = 1e-9; // a decimal fraction and its binary form
    const bool isRight = std::abs(*number - wanted) <= asked->tolerance + rounding * std::max(1.0, std::abs(wanted));
    take({{}, text.trimmed(), isRight, isRight ? asked->right : asked->wrong});
}

std::size_t LessonPlayer::rightAnswers() const
{
    return std::size_t(
        std::ranges::count_if(m_answers, [](const std::optional<Answer> &answer) { return answer && answer->isRight; }));
}

std::size_t LessonPlayer::questions() const
{
    return m_lesson
        ? std::size_t(std::ranges::count_if(m_lesson->steps, [](const lesson::Step &step) { return bool(step.question); }))
        : 0;
}

} // namespace nms
