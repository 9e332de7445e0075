// SPDX-License-Identifier: Apache-2.0
#include "app/cli/job_view.h"

#include "app/cli/output.h"

namespace nms::cli {

Progress JobView::progress(const std::stop_token &stop)
{
    return {stop, [this](std::int64_t done, std::int64_t total) {
                m_bar.setShare(static_cast<double>(done) / static_cast<double>(total), done);
            }};
}

jobs::Events JobView::events()
{
    return {[this](const std::string &path) { m_bar.setLabel(path); },
            [this](const std::string &text) {
                printMessage(m_program, "warning: " + text);
            }};
}

} // namespace nms::cli
