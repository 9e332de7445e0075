// SPDX-License-Identifier: Apache-2.0
#include "ui/models/sandbox.h"

#include "core/io/disk/atomic_file.h"
#include "core/sandbox/sandbox_method.h"
#include "core/sandbox/sandbox_solve.h"
#include "core/sandbox/tile_catalog.h"
#include "core/sandbox/tile_text.h"
#include "ui/models/loaded_tensor.h"

#include <QFile>
#include <QUndoStack>

#include <algorithm>
#include <utility>

namespace nms {

namespace {

/// True where a solve takes less than a frame.
bool isQuick(const TileProblem &tile, const SandboxOptions &options)
{
    constexpr double entriesInAFrame = 4e5;
    constexpr double mostCells = 24 * 24; // the optimum is found in any case
    const SandboxMethod *method = sandboxMethodByName(options.method);
    const double cells = double(tile.scores.size());
    return cells <= mostCells && (!method || !method->isEntropic || cells * options.iterations <= entriesInAFrame);
}

Matrix<double> resized(const Matrix<double> &grid, int rows, int cols, double filling)
{
    Matrix<double> out(rows, cols);
    for (int row = 0; row < rows; ++row)
        for (int col = 0; col < cols; ++col)
            out(row, col) = row < grid.rows() && col < grid.cols() ? grid(row, col) : filling;
    return out;
}

Result<QByteArray> contentsOf(const QString &fileName)
{
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorKind::Io, fileName.toStdString(), "cannot be read: " + file.errorString().toStdString());
    return file.read(qint64(maxTileTextBytes) + 1);
}

} // namespace

/// From one tile to another. Changes of one stroke are merged.
class Sandbox::Change : public QUndoCommand
{
public:
    Change(Sandbox &sandbox, TileProblem before, TileProblem after, const QString &text, int stroke)
        : QUndoCommand(text), m_sandbox(sandbox), m_before(std::move(before)), m_after(std::move(after)), m_stroke(stroke)
    { }
    int id() const override { return 2; } // 1 is that of the settings
    bool mergeWith(const QUndoCommand *other) override
    {
        const auto &next = *static_cast<const Change *>(other);
        if (m_stroke == 0 || next.m_stroke != m_stroke)
            return false;
        m_after = next.m_after;
        setObsolete(m_after == m_before);
        return true;
    }
    void undo() override { m_sandbox.apply(m_before); }
    void redo() override { m_sandbox.apply(m_after); }

private:
    Sandbox &m_sandbox;
    const TileProblem m_before;
    TileProblem m_after;
    const int m_stroke;
};

Sandbox &Sandbox::of(Workspace &workspace)
{
    auto *known = workspace.findChild<Sandbox *>(QString(), Qt::FindDirectChildrenOnly);
    return known ? *known : *new Sandbox(workspace);
}

Sandbox::Sandbox(Workspace &workspace)
    : QObject(&workspace), m_workspace(workspace), m_task([this](const Error &error) { take(fail(error)); }),
      m_tile(*builtInTile("random-4:8"))
{
    m_saved = m_tile;
    solve();
}

bool Sandbox::isModified() const
{
    return !m_fileName.isEmpty() && !(m_tile == m_saved);
}

const TileIterate *Sandbox::iterate() const
{
    return m_history ? &m_history->iterates[std::size_t(m_shown)] : nullptr;
}

const Matrix<double> &Sandbox::rounded() const
{
    if (!m_rounded)
        m_rounded = m_history && !m_problem ? roundedPlan(m_tile, iterate()->plan) : Matrix<double>();
    return *m_rounded;
}

void Sandbox::setTile(const TileProblem &tile, const QString &text, int stroke)
{
    if (!(tile == m_tile))
        m_workspace.undoStack().push(new Change(*this, m_tile, tile, text, stroke));
}

void Sandbox::change(const QString &text, const std::function<void(TileProblem &)> &edit, int stroke)
{
    TileProblem tile = m_tile;
    edit(tile);
    setTile(tile, text, stroke);
}

void Sandbox::apply(const TileProblem &tile)
{
    if (tile.rows() != m_tile.rows() || tile.cols() != m_tile.cols())
        m_history.reset(); // of a tile of another size: cannot be shown meanwhile
    m_tile = tile;
    m_rounded.reset();
    emit tileChanged();
    solve();
}

void Sandbox::resizeTile(int rows, int cols)
{
    const auto limited = [](int side) {
        return std::clamp(side, 1, TileProblem::maxSide);
    };
    rows = limited(rows);
    cols = limited(cols);
    change(tr("Size %1 × %2").arg(rows).arg(cols), [&](TileProblem &tile) {
        const auto pattern = tile.pattern();
        tile.scores = resized(tile.scores, rows, cols, 0);
        if (pattern && rows == cols) {
            TileProblem square = TileProblem::ofPattern(tile.scores, std::min(pattern->n, rows));
            tile.rowSums = square.rowSums;
            tile.colSums = square.colSums;
            tile.caps = square.caps;
            return;
        }
        tile.caps = resized(tile.caps, rows, cols, pattern ? 1 : TileProblem::noCap);
        tile.rowSums.resize(std::size_t(rows), tile.rowSums.back());
        tile.colSums.resize(std::size_t(cols), tile.colSums.back());
    });
}

Status Sandbox::keepEverywhere(int n)
{
    if (m_tile.rows() != m_tile.cols())
        return fail(ErrorKind::Usage, "tile", "is not square: no N:M mask fits it", "give it as many rows as columns");
    change(tr("Keep %1 of %2").arg(n).arg(m_tile.rows()), [n](TileProblem &tile) {
        const TileProblem kept = TileProblem::ofPattern(tile.scores, std::clamp(n, 1, tile.rows()));
        tile.rowSums = kept.rowSums;
        tile.colSums = kept.colSums;
        tile.caps = kept.caps;
    });
    return {};
}

Status Sandbox::takeFromLayer()
{
    const auto tensor = m_workspace.tensor();
    const auto selected = m_workspace.selectedTile();
    if (!tensor || !tensor->score || !selected)
        return fail(ErrorKind::Usage, "tile", "no tile of a layer is selected", "click one in the viewport first");
    const TileGrid grid = m_workspace.grid();
    const NmPattern pattern = m_workspace.shownOptions().pattern;
    const std::int64_t row0 = grid.rowOf(*selected) * grid.m, col0 = grid.colOf(*selected) * grid.m;
    Matrix<double> scores(grid.m, grid.m); // a tile at the edge is filled up with 0, as in the layer
    for (int row = 0; row < grid.realRows(*selected); ++row)
        for (int col = 0; col < grid.realCols(*selected); ++col)
            scores(row, col) = double((*tensor->score)(row0 + row, col0 + col));
    TileProblem tile = TileProblem::ofPattern(std::move(scores), pattern.n);
    tile.name = tr("%1, tile %2").arg(QString::fromStdString(tensor->info.path)).arg(*selected).toStdString();
    tile.note = tr("%1 of %2").arg(tensor->scoreTitle, tensor->file).toStdString();
    setTile(tile, tr("Tile of the layer"));
    return {};
}

Status Sandbox::open(const QString &fileName)
{
    const Result<QByteArray> text = contentsOf(fileName);
    if (!text)
        return fail(text.error());
    Result<TileProblem> tile = parseTile({text->constData(), std::size_t(text->size())}, fileName.toStdString());
    if (!tile)
        return fail(tile.error());
    m_fileName = fileName;
    m_saved = *tile;
    setTile(*tile, tr("Open a tile"));
    emit tileChanged(); // the name of the file, if nothing else
    return {};
}

Status Sandbox::saveCopy(const QString &fileName) const
{
    if (const Status valid = m_tile.validateNumbers(); !valid)
        return valid;
    const std::string text = tileText(m_tile);
    auto file = AtomicFile::create(QFile::encodeName(fileName).toStdString());
    if (!file)
        return fail(file.error());
    if (const Status written = file->append(std::as_bytes(std::span(text))); !written)
        return written;
    return file->commit();
}

Status Sandbox::save(const QString &fileName)
{
    if (const Status saved = saveCopy(fileName); !saved)
        return saved;
    m_fileName = fileName;
    m_saved = m_tile;
    emit tileChanged();
    return {};
}

void Sandbox::setOptions(const SandboxOptions &options)
{
    if (options == m_options || !options.validate())
        return;
    m_options = options;
    emit optionsChanged();
    solve();
}

void Sandbox::show(int index)
{
    if (!m_history)
        return;
    index = std::clamp(index, 0, int(m_history->iterates.size()) - 1);
    if (index == m_shown)
        return;
    m_shown = index;
    m_rounded.reset();
    emit shownChanged();
}

void Sandbox::solve()
{
    m_task.cancel();
    if (isQuick(m_tile, m_options)) {
        take(solveTile(m_tile, m_options));
        return;
    }
    m_task.start(
        [this, tile = m_tile, options = m_options](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
            auto result = std::make_shared<Result<TileHistory>>(solveTile(tile, options, context.stop));
            return [this, result] {
                take(*result);
            };
        });
    emit solved();
}

/// Whoever looked at the end looks at the new end; otherwise the same iterate stays in view.
void Sandbox::take(const Result<TileHistory> &result)
{
    const bool wasAtEnd = !m_history || m_shown + 1 == int(m_history->iterates.size());
    m_problem = result ? std::nullopt : std::optional(result.error());
    m_history = result ? std::make_shared<const TileHistory>(*result) : nullptr;
    const int last = m_history ? int(m_history->iterates.size()) - 1 : 0;
    m_shown = wasAtEnd ? last : std::min(m_shown, last);
    m_rounded.reset();
    emit solved();
    emit shownChanged();
}

} // namespace nms
