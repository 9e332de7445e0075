// SPDX-License-Identifier: Apache-2.0
// Export of the window's tables, with exact numbers instead of the rounded ones on screen.
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>
#include <QVariant>

namespace nms {

class Workspace;

/// Columns are named as in the command line's JSON, if they exist there. A cell is a text, a number or a Boolean; an unknown
/// value is null.
struct Table {
    QStringList columns;
    QList<QVariantList> rows;

    bool isEmpty() const { return rows.isEmpty(); }
};

enum class TableKind {
    Comparison,
    Tiles,
    Tensors,
    Iterations,
    Prunings,
    Runs,
    Difference, // tiles in which two masks differ, in the order of the matrix
    DifferingEntries // those of the selected tile, the largest score first
};

/// The current contents; empty if there are none yet. Tiles: all of them, in the order of the matrix.
Table tableOf(const Workspace &workspace, TableKind kind);

/// RFC 4180 with line feeds: fields with commas, quotes or line ends are quoted. Unknown values are empty.
QByteArray toCsv(const Table &table);
/// An array of objects; unknown values, NaN and Inf are null.
QByteArray toJson(const Table &table);

} // namespace nms
