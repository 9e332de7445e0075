// SPDX-License-Identifier: Apache-2.0
// The window's tables as files: exact numbers, not the rounded ones on the screen.
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>
#include <QVariant>

namespace nms {

class Workspace;

/// Columns have the names that the command line's JSON uses where it has them. A cell is a text, a number or a truth value;
/// one that is not known is null.
struct Table {
    QStringList columns;
    QList<QVariantList> rows;

    bool isEmpty() const { return rows.isEmpty(); }
};

enum class TableKind { Comparison, Tiles, Tensors, Iterations, Prunings };

/// What there is now; empty before there is anything. Tiles: all of them, in their order in the matrix.
Table tableOf(const Workspace &workspace, TableKind kind);

/// RFC 4180 with line feeds: fields with commas, quotes or line ends are quoted. What is not known is empty.
QByteArray toCsv(const Table &table);
/// An array of objects; what is not known, NaN and Inf are null.
QByteArray toJson(const Table &table);

} // namespace nms
