// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/job.h"

#include "core/base/exceptions.h"

#include <algorithm>

namespace nms::jobs {

Error cancelled()
{
    return {ErrorKind::Cancelled, "", "cancelled", ""};
}

JobProgress::JobProgress(const Progress &host, std::int64_t total) : m_host(host), m_total(total)
{
    tell(0);
}

Progress JobProgress::step()
{
    if (!m_host.report)
        return {m_host.stop, {}};
    return {m_host.stop, [this, before = m_before](std::int64_t done, std::int64_t) {
                tell(before + done);
            }};
}

void JobProgress::endStep(std::int64_t units)
{
    m_before += units;
    tell(m_before);
}

void JobProgress::tell(std::int64_t done)
{
    if (!m_host.report)
        return;
    const std::scoped_lock lock(m_mutex); // reports of several workers may arrive out of order
    done = std::min(done, m_total);
    if (done <= m_told)
        return;
    m_told = done;
    m_host.report(done, m_total);
}

Error errorOfException()
{
    return errorFromException({}, "lower --memory-limit, or name fewer tensors with --tensor");
}

} // namespace nms::jobs
