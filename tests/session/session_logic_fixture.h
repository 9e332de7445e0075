// SPDX-License-Identifier: Apache-2.0
// The run's logic on the test's own thread: no clock, no race.
#pragma once

#include "core/session/session_logic.h"
#include "tests/session/fake_backend.h"
#include "tests/session/session_support.h"

#include <gtest/gtest.h>

namespace nms::test {

class SessionLogicTest : public testing::Test
{
protected:
    explicit SessionLogicTest(SessionOptions options = {.repeat = 1h, .widestStride = 8}) : m_logic(options, m_board) { }

    void start(FakeBehaviour behaviour, bool paused = true)
    {
        m_backend = std::make_shared<FakeBackend>(behaviour);
        handle(StartCommand{m_backend, randomScore(8, 12), optionsFor(Method::Dykstra), paused});
    }
    /// A run that it starts is at iteration 0 afterwards.
    void handle(const SessionCommand &command)
    {
        m_logic.handle(command);
        if (m_logic.kindOfWork() == WorkKind::Start)
            m_logic.work({});
        m_logic.flush();
    }
    void settle()
    {
        for (int turns = 0; m_logic.active(); ++turns) {
            ASSERT_LT(turns, 100000);
            m_logic.work({});
            m_logic.flush();
        }
    }
    SessionState state() const { return m_board.session().status.state; }
    int iteration() const { return m_board.session().status.iteration; }

    SessionBoard m_board;
    SessionLogic m_logic; // key frames where they belong on a slow machine too: repeating may take an hour
    std::shared_ptr<FakeBackend> m_backend;
};

} // namespace nms::test
