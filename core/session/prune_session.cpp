// SPDX-License-Identifier: Apache-2.0
#include "core/session/prune_session.h"

#include "core/base/exceptions.h"
#include "core/session/prune_logic.h"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace nms {

class PruneSession::Worker
{
public:
    Worker(PruneProblem problem, const PruneSessionOptions &options, bool paused, std::function<void()> listener)
        : m_listener(std::move(listener)),
          m_logic(std::move(problem), options, paused, [this](const PruneView &view) { publish(view); }),
          m_thread([this](const std::stop_token &stop) { loop(stop); })
    { }

    ~Worker()
    {
        m_thread.request_stop();
        {
            const std::scoped_lock lock(m_mutex);
            m_workStop.request_stop();
        }
        m_thread.join();
    }

    void push(PruneCommand command)
    {
        using Wish = PruneCommand::Kind;
        {
            const std::scoped_lock lock(m_mutex);
            const bool showsAnother = command.kind == Wish::Show || command.kind == Wish::Rewind;
            if (command.kind == Wish::Cancel || (m_isReplaying && showsAnother))
                m_workStop.request_stop();
            if (command.kind == Wish::Show && !m_queue.empty() && m_queue.back().kind == Wish::Show)
                m_queue.back() = command;
            else
                m_queue.push_back(command);
            m_isIdle = false;
        }
        m_wake.notify_one();
    }

    PruneView view() const
    {
        const std::scoped_lock lock(m_viewMutex);
        return m_view;
    }

    bool waitUntilSettled(std::chrono::milliseconds timeout) const
    {
        std::unique_lock lock(m_mutex);
        return m_settled.wait_for(lock, timeout, [this] { return m_isIdle; });
    }

private:
    void publish(const PruneView &view)
    {
        PruneView next = view; // the old view's matrices are freed outside the lock
        {
            const std::scoped_lock lock(m_viewMutex);
            std::swap(m_view, next);
        }
        if (m_listener)
            m_listener();
    }

    void loop(const std::stop_token &stop)
    {
        std::vector<PruneCommand> commands;
        while (true) {
            commands.clear();
            std::stop_token workStop;
            {
                std::unique_lock lock(m_mutex);
                const auto commanded = [this] {
                    return !m_queue.empty();
                };
                if (m_logic.active()) {
                    if (const auto due = m_logic.due(); due > PruneLogic::Clock::now())
                        m_wake.wait_until(lock, stop, due, commanded);
                } else {
                    m_isIdle = m_queue.empty();
                    if (m_isIdle)
                        m_settled.notify_all();
                    m_wake.wait(lock, stop, commanded);
                    m_isIdle = false;
                }
                if (stop.stop_requested())
                    return;
                commands.swap(m_queue);
                m_workStop = {};
                workStop = m_workStop.get_token();
                m_isReplaying = commands.empty() && m_logic.isReplaying();
            }
            work(commands, workStop);
        }
    }

    void work(const std::vector<PruneCommand> &commands, const std::stop_token &workStop)
    {
        try {
            for (const PruneCommand &command : commands)
                m_logic.handle(command);
            if (commands.empty())
                m_logic.work(workStop);
        } catch (...) {
            m_logic.fail(errorFromException("pruning", "take a smaller matrix or close other programs"));
        }
    }

    const std::function<void()> m_listener;
    mutable std::mutex m_viewMutex;
    PruneView m_view;
    PruneLogic m_logic; // used by the worker only
    mutable std::mutex m_mutex;
    std::condition_variable_any m_wake;
    mutable std::condition_variable m_settled;
    std::vector<PruneCommand> m_queue;
    std::stop_source m_workStop; // stops the work under way
    bool m_isReplaying = false; // the work under way recomputes an earlier step
    bool m_isIdle = false; // the worker waits for a command and has nothing else to do
    std::jthread m_thread; // the thread comes last: it uses the members above
};

PruneSession::PruneSession(PruneProblem problem, const PruneSessionOptions &options, bool paused,
                           std::function<void()> listener)
    : m_worker(std::make_unique<Worker>(std::move(problem), options, paused, std::move(listener)))
{ }

PruneSession::~PruneSession() = default;

void PruneSession::run()
{
    m_worker->push({PruneCommand::Kind::Run});
}

void PruneSession::pause()
{
    m_worker->push({PruneCommand::Kind::Pause});
}

void PruneSession::step(int steps)
{
    m_worker->push({PruneCommand::Kind::Step, steps});
}

void PruneSession::runTo(int step)
{
    m_worker->push({PruneCommand::Kind::RunTo, step});
}

void PruneSession::cancel()
{
    m_worker->push({PruneCommand::Kind::Cancel});
}

void PruneSession::rewind(int step)
{
    m_worker->push({PruneCommand::Kind::Rewind, step});
}

void PruneSession::show(int step)
{
    m_worker->push({PruneCommand::Kind::Show, step});
}

void PruneSession::setPace(double stepsPerSecond)
{
    m_worker->push({PruneCommand::Kind::Pace, 0, stepsPerSecond});
}

PruneView PruneSession::view() const
{
    return m_worker->view();
}

bool PruneSession::waitUntilSettled(std::chrono::milliseconds timeout) const
{
    return m_worker->waitUntilSettled(timeout);
}

} // namespace nms
