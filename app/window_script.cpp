// SPDX-License-Identifier: Apache-2.0
#include "app/window_script.h"

#include "app/cli/png_file.h"
#include "app/cli/qimage_pixels.h"
#include "app/window_picture.h"
#include "ui/models/prune_run.h"
#include "ui/models/sandbox.h"
#include "ui/models/transport.h"
#include "ui/widgets/lesson_mode.h"
#include "ui/widgets/main_window.h"

#include <QCoreApplication>
#include <QFile>
#include <QPixmap>

#include <cstdio>
#include <utility>

namespace nms {

static constexpr int pollMilliseconds = 30;
static constexpr int settleMilliseconds = 1200; // lets animations, charts and the first frames after a change finish
static constexpr int patienceMilliseconds = 120000;
static constexpr int longPatienceMilliseconds = 3600000; // for a whole lesson

WindowScript::WindowScript(MainWindow &window, Workspace &workspace, WindowOptions options, QObject *parent)
    : QObject(parent), m_window(window), m_workspace(workspace), m_options(std::move(options)), m_film(window)
{
    m_timer.setInterval(pollMilliseconds);
    connect(&m_timer, &QTimer::timeout, this, &WindowScript::advance);
    addSteps();
}

void WindowScript::start()
{
    if (m_steps.empty())
        return;
    m_clock.start();
    m_timer.start();
    m_steps.front().begin();
}

void WindowScript::addSteps()
{
    const auto nothing = [] {
    };
    const auto isSettled = [this] {
        return m_clock.elapsed() >= settleMilliseconds;
    };
    const bool needsTensor = m_options.tensor || m_options.runTo || m_options.zoomToTile || m_options.compare ||
        m_options.calibration || m_options.prune;
    if (needsTensor || !m_options.screenshot.isEmpty())
        m_steps.push_back({nothing,
                           [this] { return !m_workspace.isLoading() && (!m_options.attach || m_workspace.tensor()); },
                           "opening the file"});
    if (m_options.tensor)
        m_steps.push_back({[this] {
                               if (!m_workspace.files().empty())
                                   m_workspace.selectTensor(m_workspace.files().front().fileName, *m_options.tensor);
                           },
                           [this] { return !m_workspace.isLoading(); }, "reading the tensor"});
    if (m_options.view)
        m_steps.push_back({[this] { m_workspace.setView(*m_options.view); }, [] { return true; }, "the view"});
    if (m_options.calibration)
        m_steps.push_back({[this] { m_workspace.setCalibration(*m_options.calibration); },
                           [this] {
                               const PruneRun &run = m_workspace.pruning();
                               return run.inputs() || run.inputsError();
                           },
                           "the calibration file"});
    const auto isTileSolved = [this] {
        return !Sandbox::of(m_workspace).isSolving();
    };
    if (m_options.tile)
        m_steps.push_back({[this] { solveTile(); }, isTileSolved, "the tile"});
    if (m_options.tile && m_options.runTo.value_or(0) > 0)
        m_steps.push_back({[this] { Sandbox::of(m_workspace).show(*m_options.runTo); }, isTileSolved, "the iterate"});
    if (m_options.prune)
        m_steps.push_back({[this] { prune(); }, [this] { return isPruned(); }, "the pruning"});
    else if (m_options.runTo && !m_options.tile)
        m_steps.push_back({[this] { *m_options.runTo > 0 ? m_workspace.runTo(*m_options.runTo) : m_workspace.run(); },
                           [this] {
                               const SessionStatus status = m_workspace.sessionStatus();
                               return (status.state == SessionState::Paused && status.iteration >= *m_options.runTo) ||
                                   status.state == SessionState::Finished || status.state == SessionState::Failed ||
                                   status.state == SessionState::Idle;
                           },
                           "the run"});
    if (m_options.compare)
        m_steps.push_back({[this] {
                               m_window.showPanel(QStringLiteral("comparison"));
                               m_window.compare();
                           },
                           [this] { return !m_workspace.isComparing(); }, "the comparison"});
    if (m_options.panel == QLatin1String("price"))
        m_steps.push_back({[this] { m_workspace.comparePruning(); }, [this] { return !m_workspace.pruning().isComparing(); },
                           "the comparison of prunings"});
    if (m_options.panel == QLatin1String("model"))
        m_steps.push_back({[this] { m_window.toggleModelOverview(); }, [this] { return !m_window.isModelOverviewRunning(); },
                           "the overview of the model"});
    if (m_options.panel)
        m_steps.push_back({[this] { m_window.showPanel(*m_options.panel); }, [] { return true; }, "the panel"});
    if (m_options.zoomToTile)
        m_steps.push_back({[this] { m_workspace.flyToTile(*m_options.zoomToTile); }, isSettled, "the flight"});
    if (m_options.lesson)
        m_steps.push_back({nothing, [this] { return !m_window.lessons().player().isBusy(); }, "the step of the lesson"});
    if (!m_options.film.isEmpty())
        m_steps.push_back({[this] { m_film.start(QFile::encodeName(m_options.film).toStdString()); },
                           [this] { return m_film.result().has_value(); }, "the film", longPatienceMilliseconds});
    if (!m_options.screenshot.isEmpty())
        m_steps.push_back({nothing, [this, isSettled] { return isSettled() && m_window.isPictureComplete(); }, "settling"});
}

void WindowScript::solveTile()
{
    Sandbox &sandbox = Sandbox::of(m_workspace);
    SandboxOptions options = sandbox.options();
    if (!m_options.tileMethod.isEmpty())
        options.method = m_options.tileMethod.toStdString();
    sandbox.setOptions(options);
}

/// Runs pruning to --run-to, or to the end, without delay.
void WindowScript::prune()
{
    PruneOptions options = m_workspace.pruneOptions();
    options.framework = *m_options.prune;
    options.kind = m_options.kind.value_or(options.kind);
    m_workspace.setPruneOptions(options);
    m_workspace.pruning().setPace(0);
    if (const int step = m_options.runTo.value_or(0); step > 0)
        m_workspace.pruneStep(step);
    else
        m_workspace.prune();
}

bool WindowScript::isPruned() const
{
    const SessionStatus &status = m_workspace.pruning().view().status;
    const bool isThere =
        status.state == SessionState::Paused && !status.starting && status.iteration >= m_options.runTo.value_or(0);
    return isThere || (status.state != SessionState::Paused && status.state != SessionState::Running);
}

void WindowScript::advance()
{
    if (!m_steps[m_step].isDone()) {
        if (m_clock.elapsed() > (m_steps[m_step].patience > 0 ? m_steps[m_step].patience : patienceMilliseconds)) {
            std::fprintf(stderr, "nmscope: %s took too long\n", m_steps[m_step].what.c_str());
            end(1);
        }
        return;
    }
    ++m_step;
    m_clock.start();
    if (m_step < m_steps.size()) {
        m_steps[m_step].begin();
        return;
    }
    m_timer.stop();
    if (const auto &film = m_film.result(); film && !*film)
        std::fprintf(stderr, "nmscope: %s\n", film->error().line().c_str());
    if (!m_options.screenshot.isEmpty())
        takePicture();
    else if (m_film.result())
        end(*m_film.result() ? 0 : 1);
}

static Status savePicture(const QPixmap &picture, const std::string &name)
{
    auto file = AtomicFile::create(name);
    return file ? cli::writePng(cli::imageOf(picture.toImage()), *file) : fail(file.error());
}

void WindowScript::takePicture()
{
    const QPixmap picture = pictureOnScreen(m_window);
    const std::string name = QFile::encodeName(m_options.screenshot).toStdString();
    const Status saved = picture.isNull() ? fail(ErrorKind::Device, name, "the picture could not be taken from this screen")
                                          : savePicture(picture, name);
    if (!saved)
        std::fprintf(stderr, "nmscope: %s\n", saved.error().line().c_str());
    end(saved ? 0 : 1);
}

void WindowScript::end(int status)
{
    m_timer.stop();
    m_window.close();
    QCoreApplication::exit(status);
}

} // namespace nms
