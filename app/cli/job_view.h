// SPDX-License-Identifier: Apache-2.0
// Output of a running job: its counts on a progress bar, its warnings on standard error.
#pragma once

#include "app/cli/progress_bar.h"
#include "core/jobs/job.h"

#include <stop_token>
#include <string>

namespace nms::cli {

/// Must live as long as the job runs; the functions it returns must not outlive it.
class JobView
{
public:
    /// `program` is the prefix of each warning ("nmscope solve"); `unit` is the unit of the counts, given if a rate is
    /// useful.
    explicit JobView(std::string program, std::string unit = {}) : m_program(std::move(program)), m_bar(std::move(unit)) { }

    Progress progress(const std::stop_token &stop);
    jobs::Events events();

private:
    const std::string m_program;
    ProgressBar m_bar;
};

} // namespace nms::cli
