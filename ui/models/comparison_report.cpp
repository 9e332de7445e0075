// SPDX-License-Identifier: Apache-2.0
#include "ui/models/comparison_report.h"

#include "ui/models/workspace.h"

#include <algorithm>

namespace nms {

jobs::CompareReport comparisonReport(const Workspace &workspace)
{
    jobs::CompareReport report;
    const auto tensor = workspace.tensor();
    if (!tensor)
        return report;
    report.file = tensor->file.toStdString();
    report.backend = workspace.backendId().toStdString();
    report.tensors = {tensor->info};
    if (const jobs::ScoreChoice &score = workspace.score(); !score.isMagnitude())
        report.score = score.kind == jobs::ScoreChoice::Kind::Rule ? score.rule
            : score.kind == jobs::ScoreChoice::Kind::File          ? score.file
                                                                   : tensor->scoreTitle.toStdString();
    for (const ComparisonRow &row : workspace.comparison()) {
        report.cases.push_back(row.which);
        report.masks.push_back(jobs::comparedOf(tensor->info, row, workspace.options()));
    }
    return report;
}

} // namespace nms
