// SPDX-License-Identifier: Apache-2.0
// Workspace: the score whose kept sum a mask is to maximise.
#include "ui/models/tile_sums.h"
#include "ui/models/workspace.h"
#include "ui/models/workspace_private.h"

#include <QFile>

#include <utility>

namespace nms {

jobs::ScoreChoice Workspace::score() const
{
    return d->score;
}

bool Workspace::isScoring() const
{
    return d->scoring.isRunning();
}

void Workspace::setScore(const jobs::ScoreChoice &choice)
{
    jobs::ScoreChoice wanted = choice;
    if (wanted.kind == jobs::ScoreChoice::Kind::Wanda) {
        wanted.file = QFile::encodeName(d->pruning.calibration()).toStdString();
        if (wanted.file.empty()) {
            emit optionsChanged(); // controls return to the valid settings
            d->report({ErrorKind::Usage, "score", "Wanda needs what goes into the layer",
                       "choose a calibration file in the Pruning panel"});
            return;
        }
    }
    if (wanted == d->score)
        return;
    d->score = std::move(wanted);
    d->applyScore();
    emit optionsChanged();
}

/// Replaces the open tensor by a copy with other scores.
void WorkspacePrivate::applyScore()
{
    scoring.cancel();
    afterScoring = {};
    if (!tensor || tensor->notFinite)
        return;
    dropRun();
    scoring.start([this, choice = score, old = tensor, algebra = pruning.algebra(),
                   threads = options.threads](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        Result<Matrix<float>> made =
            jobs::scoreMatrix(choice, old->info, old->weights->span(), *algebra, threads, {context.stop, {}});
        if (!made)
            return [this, error = made.error()] {
                score = {};
                wantedRun.reset();
                afterScoring = {};
                if (tensor && tensor->scoreSummary)
                    applyScore();
                emit q->optionsChanged();
                report(error);
            };
        auto next = std::make_shared<LoadedTensor>(*old);
        next->scoreTitle = QString::fromStdString(choice.title());
        next->scoreSummary.reset();
        next->scoreOverview.clear();
        if (!choice.isMagnitude()) {
            next->scoreSummary = summarize(made->span(), context.stop);
            next->scoreOverview = buildOverview(made->span(), context.stop);
        }
        next->scoreTotal = sumOf(*made);
        next->scoreSample = evenSample(*made);
        next->score = std::make_shared<const Matrix<float>>(std::move(*made));
        return [this, old, next = std::shared_ptr<const LoadedTensor>(next)] {
            if (tensor != old)
                return;
            dropRun();
            comparing.cancel();
            comparison.clear();
            comparisonTotal = 0;
            tensor = next;
            emit q->scoreChanged();
            emit q->optionsChanged();
            emit q->comparisonChanged();
            showWantedRun();
            if (const auto command = std::exchange(afterScoring, {}))
                command();
        };
    });
    emit q->optionsChanged();
}

} // namespace nms
