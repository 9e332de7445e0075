// SPDX-License-Identifier: Apache-2.0
#include "core/session/solver_session.h"

#include "core/base/exceptions.h"
#include "core/session/history_thread.h"
#include "core/session/session_board.h"
#include "core/session/session_command.h"
#include "core/session/session_logic.h"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace nms {

class SolverSession::Threads
{
public:
    explicit Threads(SessionOptions options)
        : m_historyBytes(options.historyBytes), m_logic(options, m_board), m_history(m_board),
          m_worker([this](const std::stop_token &stop) { loop(stop); })
    { }

    ~Threads()
    {
        m_board.setListener({});
        m_worker.request_stop();
        interruptWork();
        m_worker.join();
    }

    void push(SessionCommand command);
    bool waitUntilSettled(std::chrono::milliseconds timeout) const;

    SessionBoard &board() { return m_board; }
    const SessionBoard &board() const { return m_board; }
    HistoryThread &history() { return m_history; }
    std::int64_t historyBytes() const { return m_historyBytes; }

private:
    void loop(const std::stop_token &stop);
    void work(const std::vector<SessionCommand> &commands, const std::stop_token &workStop);
    void interruptWork();

    const std::int64_t m_historyBytes;
    SessionBoard m_board;
    SessionLogic m_logic; // used by the worker only
    mutable std::mutex m_mutex;
    std::condition_variable_any m_wake;
    mutable std::condition_variable m_settled;
    std::vector<SessionCommand> m_queue;
    std::stop_source m_workStop; // stops the work under way
    WorkKind m_kind = WorkKind::Iterations; // kind of the work under way
    bool m_closing = false;
    bool m_idle = false; // the worker waits for a command and has nothing else to do
    HistoryThread m_history;
    std::jthread m_worker; // the thread comes last: it uses the members above
};

void SolverSession::Threads::push(SessionCommand command)
{
    std::stop_source current(std::nostopstate);
    {
        const std::scoped_lock lock(m_mutex);
        if (interrupts(command, m_kind))
            current = m_workStop;
        const bool replaces = !m_queue.empty() && std::holds_alternative<WatchCommand>(command) &&
            std::holds_alternative<WatchCommand>(m_queue.back());
        if (replaces)
            m_queue.back() = std::move(command);
        else
            m_queue.push_back(std::move(command));
        m_idle = false;
    }
    current.request_stop();
    m_wake.notify_one();
}

void SolverSession::Threads::interruptWork()
{
    std::stop_source current(std::nostopstate);
    {
        const std::scoped_lock lock(m_mutex);
        m_closing = true;
        current = m_workStop;
    }
    current.request_stop();
}

bool SolverSession::Threads::waitUntilSettled(std::chrono::milliseconds timeout) const
{
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    {
        std::unique_lock lock(m_mutex);
        if (!m_settled.wait_until(lock, deadline, [this] { return m_idle; }))
            return false;
    }
    return m_history.waitUntilAnswered(deadline);
}

void SolverSession::Threads::loop(const std::stop_token &stop)
{
    std::vector<SessionCommand> commands;
    while (true) {
        commands.clear();
        std::stop_token workStop;
        {
            std::unique_lock lock(m_mutex);
            const auto commanded = [this] {
                return !m_queue.empty();
            };
            if (m_logic.active()) {
                if (const auto due = m_logic.due(); due > SessionLogic::Clock::now())
                    m_wake.wait_until(lock, stop, due, commanded);
            } else {
                m_idle = m_queue.empty();
                if (m_idle)
                    m_settled.notify_all();
                m_wake.wait(lock, stop, commanded);
                m_idle = false;
            }
            if (m_closing || stop.stop_requested())
                return;
            commands.swap(m_queue);
            m_workStop = {};
            workStop = m_workStop.get_token();
            m_kind = commands.empty() ? m_logic.kindOfWork() : WorkKind::Iterations;
        }
        work(commands, workStop);
    }
}

void SolverSession::Threads::work(const std::vector<SessionCommand> &commands, const std::stop_token &workStop)
{
    const auto guarded = [this](const auto &act) {
        try {
            act();
        } catch (...) {
            m_logic.fail(
                errorFromException("solver session", "take a smaller matrix or limit the history, or close other programs"));
            m_logic.flush();
        }
    };
    for (const SessionCommand &command : commands) {
        guarded([&] { m_logic.handle(command); });
        if (std::holds_alternative<StartCommand>(command) || std::holds_alternative<RestartCommand>(command))
            m_history.forget();
    }
    if (commands.empty())
        guarded([&] { m_logic.work(workStop); });
    guarded([&] { m_logic.flush(); });
}

SolverSession::SolverSession(SessionOptions options) : m_threads(std::make_unique<Threads>(options)) { }

SolverSession::~SolverSession() = default;

void SolverSession::setListener(std::function<void()> listener)
{
    m_threads->board().setListener(std::move(listener));
}

void SolverSession::start(std::shared_ptr<SolverBackend> backend, std::shared_ptr<const Matrix<float>> score,
                          const SolveOptions &options, bool paused)
{
    m_threads->push(StartCommand{std::move(backend), std::move(score), options, paused});
}

void SolverSession::restart(bool paused)
{
    m_threads->push(RestartCommand{paused});
}

void SolverSession::run()
{
    m_threads->push(RunCommand{});
}

void SolverSession::pause()
{
    m_threads->push(PauseCommand{});
}

void SolverSession::step(int iterations)
{
    m_threads->push(StepCommand{iterations});
}

void SolverSession::runTo(int iteration)
{
    m_threads->push(RunToCommand{iteration});
}

void SolverSession::cancel()
{
    m_threads->push(CancelCommand{});
}

void SolverSession::rewind(int iteration)
{
    m_threads->push(RewindCommand{iteration});
}

void SolverSession::setBreakpoint(std::optional<Breakpoint> breakpoint)
{
    m_threads->push(BreakpointCommand{breakpoint});
}

void SolverSession::watch(TileRegion region)
{
    m_threads->push(WatchCommand{region});
}

void SolverSession::setViewer(std::optional<DeviceId> device)
{
    m_threads->push(ViewerCommand{device});
}

void SolverSession::setPace(double iterationsPerSecond)
{
    m_threads->push(PaceCommand{iterationsPerSecond});
}

SessionStatus SolverSession::status() const
{
    return m_threads->board().session().status;
}

std::optional<Error> SolverSession::error() const
{
    return m_threads->board().session().error;
}

std::shared_ptr<const Snapshot> SolverSession::latest() const
{
    return m_threads->board().session().latest;
}

std::shared_ptr<const Solution> SolverSession::result() const
{
    return m_threads->board().session().result;
}

std::vector<IterationStats> SolverSession::statsSince(int iteration) const
{
    const std::shared_ptr<SessionRun> run = m_threads->board().session().run;
    return run ? run->history.statsSince(iteration) : std::vector<IterationStats>{};
}

HistoryInfo SolverSession::history() const
{
    if (const std::shared_ptr<SessionRun> run = m_threads->board().session().run)
        return run->history.info();
    HistoryInfo none;
    none.byteLimit = m_threads->historyBytes();
    return none;
}

void SolverSession::requestHistory(int iteration, TileRegion region)
{
    m_threads->history().request(iteration, region);
}

std::shared_ptr<const Snapshot> SolverSession::fromHistory() const
{
    return m_threads->board().history().snapshot;
}

std::optional<double> SolverSession::historyRefining() const
{
    return m_threads->board().history().refining;
}

std::optional<HistoryError> SolverSession::historyError() const
{
    return m_threads->board().history().error;
}

bool SolverSession::waitUntilSettled(std::chrono::milliseconds timeout) const
{
    return m_threads->waitUntilSettled(timeout);
}

} // namespace nms
