// SPDX-License-Identifier: Apache-2.0
// How a running job shows itself: its counts on a progress bar, its warnings on standard error.
#pragma once

#include "app/cli/progress_bar.h"
#include "core/jobs/job.h"

#include <stop_token>
#include <string>

namespace nms::cli {

/// Lives as long as the job runs; what it hands out must not outlive it.
class JobView
{
public:
    /// `program` begins each warning ("nmscope solve"), `unit` is what the counts are of, where a rate of them says
    /// something.
    explicit JobView(std::string program, std::string unit = {}) : m_program(std::move(program)), m_bar(std::move(unit)) { }

    Progress progress(const std::stop_token &stop);
    jobs::Events events();

private:
    const std::string m_program;
    ProgressBar m_bar;
};

} // namespace nms::cli
