// SPDX-License-Identifier: Apache-2.0
#include "ui/models/background_task.h"

#include <QTest>

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

using namespace nms;
using namespace std::chrono_literals;

namespace {

TEST(BackgroundTask, DeliversOnTheCallingThreadInOrder)
{
    BackgroundTask task([](const Error &) {});
    std::vector<int> seen;
    const auto here = std::this_thread::get_id();
    task.enqueue([&](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        EXPECT_NE(std::this_thread::get_id(), here);
        context.post([&] { seen.push_back(1); });
        return [&] {
            EXPECT_EQ(std::this_thread::get_id(), here);
            seen.push_back(2);
        };
    });
    task.enqueue([&](const BackgroundTask::Context &) -> BackgroundTask::Delivery {
        return [&] {
            seen.push_back(3);
        };
    });
    EXPECT_TRUE(task.isRunning());
    ASSERT_TRUE(QTest::qWaitFor([&] { return !task.isRunning(); }, 5000));
    EXPECT_EQ(seen, (std::vector<int>{1, 2, 3}));
}

TEST(BackgroundTask, TheNewestRequestWins)
{
    BackgroundTask task([](const Error &) {});
    std::atomic<bool> isStopped = false;
    std::atomic<bool> hasBegun = false;
    int answer = 0;
    task.start([&](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        hasBegun = true;
        while (!context.stop.stop_requested())
            std::this_thread::sleep_for(1ms);
        isStopped = true;
        return [&] {
            answer = 1;
        };
    });
    ASSERT_TRUE(QTest::qWaitFor([&] { return hasBegun.load(); }, 5000));
    task.start([&](const BackgroundTask::Context &) -> BackgroundTask::Delivery {
        return [&] {
            answer = 2;
        };
    });
    ASSERT_TRUE(QTest::qWaitFor([&] { return !task.isRunning(); }, 5000));
    QTest::qWait(20);
    EXPECT_TRUE(isStopped);
    EXPECT_EQ(answer, 2);
}

TEST(BackgroundTask, ACancelledJobDeliversNothing)
{
    BackgroundTask task([](const Error &) {});
    bool isDelivered = false;
    task.start([&](const BackgroundTask::Context &) -> BackgroundTask::Delivery {
        return [&] {
            isDelivered = true;
        };
    });
    task.cancel();
    EXPECT_FALSE(task.isRunning());
    QTest::qWait(50);
    EXPECT_FALSE(isDelivered);
}

TEST(BackgroundTask, AnExceptionBecomesAnError)
{
    std::vector<Error> errors;
    BackgroundTask task([&](const Error &error) { errors.push_back(error); });
    task.start([](const BackgroundTask::Context &) -> BackgroundTask::Delivery { throw std::runtime_error("broken"); });
    task.enqueue([](const BackgroundTask::Context &) -> BackgroundTask::Delivery { throw std::bad_alloc(); });
    ASSERT_TRUE(QTest::qWaitFor([&] { return !task.isRunning(); }, 5000));
    ASSERT_EQ(errors.size(), 2u);
    EXPECT_EQ(errors[0].kind, ErrorKind::Internal);
    EXPECT_EQ(errors[0].what, "broken");
    EXPECT_EQ(errors[1].kind, ErrorKind::Resource);
}

} // namespace
