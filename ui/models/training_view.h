// SPDX-License-Identifier: Apache-2.0
// Masks of the open tensor as a training in another process makes them, step by step.
#pragma once

#include "core/session/session_types.h"
#include "core/solver/solution.h"
#include "ui/models/verdict.h"

#include <QObject>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

class Workspace;

/// While shown, the views draw these masks instead of a run's, and Transport looks at the training: its iterations are the
/// training's steps. The mask of a step is the one in force then: of the last refresh up to it. GUI thread.
class TrainingView : public QObject
{
    Q_OBJECT
public:
    /// The one of this workspace, which owns it.
    static TrainingView &of(Workspace &workspace);
    static const TrainingView *shownIn(const Workspace &workspace); // null if it is not shown

    static constexpr std::int64_t usualLimit = std::int64_t(256) << 20;
    void setLimit(std::int64_t bytes) { m_limit = bytes; } // of the masks; beyond it every second one is forgotten

    // What the training says
    /// Of the open tensor, in its order; of the same grid as those before, else those are forgotten.
    void addMask(int step, std::shared_ptr<const Solution> mask);
    void setStep(int step, bool isEnded);

    // What is looked at
    bool isThere() const { return !m_masks.empty(); } // a mask of the open tensor
    bool isShown() const; // is there, wanted, and no pruning is shown instead
    void setWanted(bool isWanted); // initially, and for every tensor anew
    bool isWanted() const { return m_isWanted; }
    SessionStatus status() const;
    HistoryInfo history() const; // steps that can be looked at
    int shown() const; // the step on screen
    std::optional<int> scrubbedTo() const { return m_scrubbedTo; }
    std::shared_ptr<const Solution> mask() const; // of shown(); null if none is there
    int maskStep() const; // of the refresh that made it
    Verdict verdict() const;
    std::size_t maskCount() const { return m_masks.size(); }

    void pause(); // stays at the step on screen
    void followLive();
    void scrubTo(int step);

signals:
    void changed();

private:
    struct Entry {
        int step = 0;
        std::shared_ptr<const Solution> mask;
    };
    explicit TrainingView(Workspace &workspace);
    void clear();
    void makeRoom();
    const Entry *entry() const; // that of shown()

    Workspace &m_workspace;
    std::vector<Entry> m_masks; // by step
    std::int64_t m_limit = usualLimit;
    int m_step = 0;
    bool m_isEnded = false;
    bool m_isWanted = true;
    std::optional<int> m_scrubbedTo;
};

} // namespace nms
