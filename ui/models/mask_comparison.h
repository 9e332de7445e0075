// SPDX-License-Identifier: Apache-2.0
// Two masks of the open tensor, beside each other.
#pragma once

#include "core/jobs/mask_difference.h"
#include "core/solver/solution.h"
#include "ui/models/background_task.h"
#include "ui/models/loaded_tensor.h"

#include <QObject>
#include <QString>

#include <memory>
#include <optional>

namespace nms {

class Workspace;

/// A mask of the comparison. Masks from files have no figures of tiles.
struct ComparedMask {
    QString name;
    std::shared_ptr<const Solution> solution;
};

/// Lives with the workspace; ends when the tensor or its scores change. GUI thread; solving, reading and counting are done
/// in the background.
class MaskComparison : public QObject
{
    Q_OBJECT
public:
    enum class Mode { SideBySide, Split, Blink, Difference };

    /// The one of this workspace, which owns it.
    static MaskComparison &of(Workspace &workspace);

    bool isActive() const { return m_a.solution && m_b.solution; }
    bool isBusy() const { return m_task.isRunning(); }
    const ComparedMask &a() const { return m_a; }
    const ComparedMask &b() const { return m_b; }
    /// By tiles of the larger of the two patterns; null until it has been counted.
    std::shared_ptr<const jobs::MaskDifference> difference() const { return m_difference; }
    Mode mode() const { return m_mode; }
    bool showsB() const { return m_showsB; } // Mode::Blink: which of the two
    double split() const { return m_split; } // Mode::Split: place of the bar, as a share of the viewport's width

    /// Entries of one tile of difference() that differ, the largest score first.
    std::vector<jobs::DifferingEntry> entriesOf(std::int64_t tile) const;

public slots:
    /// Compares the two runs that are ticked, or one that is ticked with the one on screen. Otherwise, and if a mask is not
    /// in memory, a message says what to do.
    void compareTicked();
    /// The run on screen with the proven optimum of its pattern, which is solved first.
    void compareWithOptimum();
    /// Masks of the open tensor in files that `nmscope solve` and others write; with one file, against the run on screen.
    void compareFiles(const QStringList &fileNames);
    void swap();
    void end(); // cancels, too
    void setMode(nms::MaskComparison::Mode mode);
    void nextMode();
    void blink(); // shows the other one
    void setSplit(double share);

signals:
    void changed(); // masks, difference, or what is shown of them
    void differenceChanged();

private:
    explicit MaskComparison(Workspace &workspace);
    std::optional<ComparedMask> maskOnScreen() const;
    void start(ComparedMask a, ComparedMask b);
    void warn(const QString &text);

    Workspace &m_workspace;
    ComparedMask m_a, m_b;
    std::shared_ptr<const Matrix<float>> m_score;
    std::shared_ptr<const jobs::MaskDifference> m_difference;
    Mode m_mode = Mode::Difference;
    bool m_showsB = false;
    double m_split = 0.5;
    BackgroundTask m_task;
};

} // namespace nms
