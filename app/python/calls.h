// SPDX-License-Identifier: Apache-2.0
// How Python waits for us: without the GIL, and listening for Ctrl-C.
#pragma once

#include "app/python/errors.h"
#include "core/base/result.h"

#include <nanobind/nanobind.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

namespace nms::python {

/// Whoever may keep Python waiting for longer than a person notices runs on a thread of its own, while this one listens.
enum class Duration { Short, Long };

/// The value of work(stop), a Result, or its error as an exception; called with the GIL, which `work` does not have. A Long
/// one hears Ctrl-C (and whatever other signal has a Python handler) within 50 ms: where the handler raises, `work` is
/// stopped, and what was raised goes on.
template <class Work> auto call(Duration duration, Work &&work)
{
    using Outcome = decltype(work(std::stop_token()));
    std::optional<Outcome> outcome;
    if (duration == Duration::Long) {
        std::mutex mutex;
        std::condition_variable ended;
        std::stop_source stop;
        const auto run = [&] {
            Outcome result = work(stop.get_token());
            const std::scoped_lock lock(mutex);
            outcome.emplace(std::move(result));
            ended.notify_one();
        };
        std::jthread worker;
        try {
            worker = std::jthread(run);
        } catch (const std::system_error &) { // no further thread: below, on this one
        }
        while (worker.joinable()) {
            constexpr auto interval = std::chrono::milliseconds(50);
            {
                const nanobind::gil_scoped_release released;
                std::unique_lock lock(mutex);
                if (ended.wait_for(lock, interval, [&] { return outcome.has_value(); })) {
                    lock.unlock();
                    worker.join();
                    break;
                }
            }
            if (PyErr_CheckSignals() == 0)
                continue;
            const nanobind::python_error raised;
            {
                const nanobind::gil_scoped_release released;
                stop.request_stop();
                worker.join();
            }
            throw raised;
        }
    }
    if (!outcome) {
        const nanobind::gil_scoped_release released;
        outcome.emplace(work(std::stop_token()));
    }
    return valueOr(std::move(*outcome));
}

} // namespace nms::python
