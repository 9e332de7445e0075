// SPDX-License-Identifier: Apache-2.0
#include "ui/models/drift_run.h"

#include "ui/models/format.h"
#include "ui/models/workspace.h"

namespace nms {

DriftRun::DriftRun(Workspace &workspace, QObject *parent)
    : QObject(parent), m_workspace(workspace), m_task([this](const Error &error) {
          emit failed(error);
          emit changed();
      })
{
    connect(&workspace, &Workspace::tensorChanged, this, &DriftRun::clear);
    connect(&workspace, &Workspace::scoreChanged, this, &DriftRun::clear);
}

void DriftRun::start()
{
    const auto tensor = m_workspace.tensor();
    if (!tensor)
        return;
    m_result.reset();
    m_share = std::make_shared<std::atomic<double>>(0);
    m_task.start([this, score = tensor->score, options = m_workspace.shownOptions(), tile = m_workspace.selectedTile(),
                  share = m_share](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        const Progress progress{context.stop, [share](std::int64_t done, std::int64_t total) {
                                    *share = total > 0 ? double(done) / double(total) : 1;
                                }};
        auto drift = jobs::precisionDrift(score->span(), options, mostTiles, tile, progress);
        return [this, drift = std::move(drift)] {
            if (drift)
                m_result = *drift;
            if (drift)
                emit finished();
            else if (drift.error().kind != ErrorKind::Cancelled)
                emit failed(drift.error());
            emit changed();
        };
    });
    emit changed();
}

void DriftRun::cancel()
{
    m_task.cancel();
    emit changed();
}

void DriftRun::clear()
{
    m_task.cancel();
    m_result.reset();
    emit changed();
}

QString driftText(const jobs::PrecisionDrift &drift)
{
    const jobs::DriftStep largest = drift.largest();
    const QString masks = drift.otherMasks == 0 ? DriftRun::tr("all masks are the same")
                                                : DriftRun::tr("%1 masks differ").arg(format::count(drift.otherMasks));
    return DriftRun::tr("float32 against float64 in %1 tiles: the plans differ by %2 at most (iteration %3); %4")
        .arg(format::count(std::int64_t(drift.tiles.size())), QString::fromStdString(formatNumber(largest.largest, 2)))
        .arg(largest.iteration)
        .arg(masks);
}

} // namespace nms
