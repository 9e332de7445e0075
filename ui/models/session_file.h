// SPDX-License-Identifier: Apache-2.0
// The session file (.nmscope): what was open, what was set, what was run. JSON; masks are not stored, since the same
// settings give them again.
#pragma once

#include "core/base/result.h"
#include "core/view/camera.h"
#include "core/view/matrix_view.h"
#include "core/view/tile_figure.h"
#include "ui/models/kept_run.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

namespace nms {

/// The part of the matrix in the middle of the viewport.
struct CameraPlace {
    CellPoint center;
    double pixelsPerCell = 1;
    friend bool operator==(const CameraPlace &, const CameraPlace &) = default;
};

struct SavedSession {
    QStringList files; // open, absolute
    QString tensorFile; // of the open tensor; empty: none
    QString tensorPath;
    RunSettings settings;
    MatrixView view = MatrixView::Weights;
    std::optional<TileFigure> rankFigure;
    std::optional<std::int64_t> tile; // the selected one
    std::optional<CameraPlace> camera; // empty: the whole matrix
    std::vector<KeptRun> runs; // without ids and masks
};

inline constexpr qint64 largestSessionFile = qint64(64) << 20; // bytes
inline constexpr int sessionVersion = 1;

/// `folder`: that of the session file. Files are stored relative to it and absolute, and found by either.
QByteArray sessionToJson(const SavedSession &session, const QString &folder);

/// Input error, with the line or the name of the value, for anything that is not a session of this version or an older one.
/// `fileName` may not exist; it is named in errors, and relative paths start at its folder.
Result<SavedSession> sessionFromJson(const QByteArray &json, const QString &fileName);

/// Io errors as well.
Result<SavedSession> readSession(const QString &fileName);
/// Replaces the file once everything is written.
Status writeSession(const SavedSession &session, const QString &fileName);

} // namespace nms
