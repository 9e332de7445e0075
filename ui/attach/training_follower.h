// SPDX-License-Identifier: Apache-2.0
// From the masks that arrive to those that are shown.
#pragma once

#include "ui/models/background_task.h"
#include "ui/models/loaded_tensor.h"
#include "ui/models/training_view.h"

#include <QObject>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

class Attachment;

/// The mask that these bits (view protocol) are of the matrix `tensor`, with the objective of each of its tiles, and as
/// upper bounds those of `optimum`, if there is one: how far it is behind the best mask of the weights as they were read.
std::shared_ptr<const Solution> trainingMask(const std::vector<std::byte> &bits, const LoadedTensor &tensor,
                                             const SolveOptions &options, const Solution *optimum);

/// Watches the masks of the tensor that is open in the workspace, and hands them to its TrainingView. Of masks that arrive
/// faster than they can be shown the latest wins. GUI thread.
class TrainingFollower : public QObject
{
    Q_OBJECT
public:
    TrainingFollower(Attachment &attachment, Workspace &workspace, QObject *parent = nullptr);

private:
    struct Arrived {
        int step = 0;
        std::vector<std::byte> bits;
    };
    void followTensor();
    void take(Arrived arrived);
    void work(Arrived arrived);
    SolveOptions options() const; // how the training makes its masks

    Attachment &m_attachment;
    Workspace &m_workspace;
    std::optional<std::size_t> m_tensor; // that is watched
    std::optional<Arrived> m_next; // arrived while the one before is worked on
    std::shared_ptr<const Solution> m_optimum; // of the open tensor
    BackgroundTask m_task;
};

} // namespace nms
