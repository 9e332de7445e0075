// SPDX-License-Identifier: Apache-2.0
// The tile of the sandbox: what is edited, how it is solved, and which of its iterates is looked at.
#pragma once

#include "core/base/result.h"
#include "core/sandbox/tile_history.h"
#include "core/sandbox/tile_problem.h"
#include "ui/models/background_task.h"
#include "ui/models/workspace.h"

#include <QObject>
#include <QString>

#include <functional>
#include <memory>
#include <optional>

namespace nms {

/// Every change of the tile is a step of the workspace's undo stack, and solves the tile again: at once where that takes
/// less than a frame, otherwise in the background, where the newest change wins. GUI thread.
///
///     Sandbox &sandbox = Sandbox::of(workspace);
///     sandbox.setTile(*builtInTile("greedy-2:4"), tr("Greedy gets stuck"));
///     sandbox.setOptions({.method = "dykstra", .tau = 30, .iterations = 50});
///     sandbox.show(10); // the tenth iterate
class Sandbox : public QObject
{
    Q_OBJECT
public:
    /// The sandbox of this workspace, which owns it. It begins with a built-in tile.
    static Sandbox &of(Workspace &workspace);

    const TileProblem &tile() const { return m_tile; }
    QString fileName() const { return m_fileName; } // empty until it is opened or saved
    bool isModified() const; // since then; a tile without a file is not

    SandboxOptions options() const { return m_options; }
    /// Null while the tile cannot be solved, or is being solved for the first time.
    std::shared_ptr<const TileHistory> history() const { return m_history; }
    const std::optional<Error> &problem() const { return m_problem; } // why it cannot be solved
    bool isSolving() const { return m_task.isRunning(); }
    int shown() const { return m_shown; } // an index of history()->iterates
    const TileIterate *iterate() const; // null without a history
    /// The iterate shown, rounded (core/sandbox/sandbox_solve.h); empty without a history.
    const Matrix<double> &rounded() const;

    /// `text` names the change in the menu. Changes of one `stroke` (not 0) are one step of undo.
    void setTile(const TileProblem &tile, const QString &text, int stroke = 0);
    void change(const QString &text, const std::function<void(TileProblem &)> &edit, int stroke = 0);
    int newStroke() { return ++m_lastStroke; }

    /// Keeps scores as far as they go on, sums and caps likewise; an N:M tile that stays square stays one.
    void resizeTile(int rows, int cols);
    /// Usage error unless the tile is square: then all sums are n, all caps 1.
    Status keepEverywhere(int n);
    /// The scores of the selected tile of the open tensor with the pattern of the workspace; Usage error without one.
    Status takeFromLayer();

    Status open(const QString &fileName); // a .tile file
    Status save(const QString &fileName);
    Status saveCopy(const QString &fileName) const; // fileName() stays the same

    void setOptions(const SandboxOptions &options); // ignored unless they are valid
    void show(int index); // within the history

signals:
    void tileChanged();
    void optionsChanged();
    void solved(); // history() or problem() changed; also when solving begins
    void shownChanged();

private:
    class Change;
    explicit Sandbox(Workspace &workspace);
    void apply(const TileProblem &tile);
    void solve();
    void take(const Result<TileHistory> &result);

    Workspace &m_workspace;
    BackgroundTask m_task;
    TileProblem m_tile;
    TileProblem m_saved; // as it is in the file
    QString m_fileName;
    SandboxOptions m_options;
    std::shared_ptr<const TileHistory> m_history;
    std::optional<Error> m_problem;
    int m_shown = 0;
    int m_lastStroke = 0;
    mutable std::optional<Matrix<double>> m_rounded; // of the iterate shown
};

} // namespace nms
