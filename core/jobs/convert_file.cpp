// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/convert_file.h"

#include <utility>

namespace nms::jobs {

Result<ConvertSummary> convertFile(const ConvertSettings &settings, const Progress &progress, const Events &events,
                                   const std::function<void(const SkippedEntry &)> &leftOut)
{
    return guarded([&] {
        if (events.tensor)
            events.tensor(settings.out);
        ConvertOptions options;
        options.stop = progress.stop;
        options.skipUnreadable = settings.skipUnreadable;
        options.leftOut = leftOut;
        bool begun = false;
        if (progress.report)
            options.report = [&](std::int64_t done, std::int64_t total) {
                if (!std::exchange(begun, true)) // as in every job: first 0 of the total
                    progress.report(0, total);
                progress.report(done, total);
            };
        return convertWeights(settings.in, settings.out, options);
    });
}

} // namespace nms::jobs
