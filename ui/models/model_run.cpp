// SPDX-License-Identifier: Apache-2.0
#include "ui/models/model_run.h"

#include <utility>

namespace nms {

ModelRun::ModelRun(QObject *parent)
    : QObject(parent), m_task([this](const Error &error) {
          m_isRunning = false;
          emit failed(error);
          emit changed();
      })
{ }

double ModelRun::share() const
{
    return m_share ? m_share->load() : 0;
}

std::optional<double> ModelRun::secondsLeft() const
{
    const double done = share(), seconds = double(m_clock.elapsed()) / 1000;
    if (!m_isRunning || done <= 0 || seconds < 0.5)
        return std::nullopt;
    return seconds * (1 - done) / done;
}

void ModelRun::start(const jobs::OverviewSettings &settings, std::shared_ptr<SolverBackend> backend,
                     std::shared_ptr<SolverBackend> fallback)
{
    m_task.cancel();
    m_settings = settings;
    m_tensors.clear();
    m_model.reset();
    m_tensor.clear();
    m_isRunning = true;
    m_clock.start();
    m_share = std::make_shared<std::atomic<double>>(0);
    m_task.start([this, settings, share = m_share, backend = std::move(backend),
                  fallback = std::move(fallback)](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        const Progress progress{context.stop, [share](std::int64_t done, std::int64_t total) {
                                    *share = total > 0 ? double(done) / double(total) : 1;
                                }};
        jobs::Events events;
        events.tensor = [this, &context](const std::string &path) {
            context.post([this, path] { m_tensor = QString::fromStdString(path); });
        };
        auto model = jobs::modelOverview(settings, *backend, *fallback, progress, events,
                                         [this, &context](const jobs::TensorOverview &tensor) {
                                             context.post([this, tensor] {
                                                 m_tensors.push_back(tensor);
                                                 emit changed();
                                             });
                                         });
        return [this, model = std::move(model)] {
            m_isRunning = false;
            if (model)
                m_model = *model;
            else if (model.error().kind != ErrorKind::Cancelled)
                emit failed(model.error());
            emit changed();
        };
    });
    emit changed();
}

void ModelRun::cancel()
{
    if (!m_isRunning)
        return;
    m_task.cancel();
    m_isRunning = false;
    emit changed();
}

void ModelRun::clear()
{
    m_task.cancel();
    m_isRunning = false;
    m_tensors.clear();
    m_model.reset();
    emit changed();
}

} // namespace nms
