// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/sparsity/pattern_detection.h"
#include "ui/models/workspace.h"

#include <QAbstractItemModel>
#include <QHash>

#include <memory>
#include <utility>

namespace nms {

/// "encoder.layer.0" for "encoder/layer/0/attention/self/query/weight": everything up to and including the first number, or
/// the first part if there is no number; empty for a name of one part.
QString groupOf(const QString &path);
/// The rest of the name after the group, dotted and without a final ".weight": "attention.self.query".
QString leafName(const QString &path);

/// Open files as a tree: (file →) group → tensor (→ matrix of a stack). A single file shows its groups at the top. GUI
/// thread.
class TensorTreeModel : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column { Name, Shape, Type, Structure, Hardware, ColumnCount };
    /// LeftOutRole: why solving a whole file skips the tensor unless it is named explicitly; empty if it is not skipped.
    /// IsOpenRole: true for the open tensor and for the items that contain it.
    enum Role { FileRole = Qt::UserRole + 1, PathRole, IsMatrixRole, LeftOutRole, IsOpenRole };

    explicit TensorTreeModel(QObject *parent = nullptr);
    ~TensorTreeModel() override;

    void setFiles(const std::vector<OpenFile> &files);
    /// Fills the columns Structure and Hardware of one tensor; unknown names are ignored.
    void setDetected(const QString &fileName, const QString &path, const DetectedPatterns &patterns);
    bool isDetected(const QString &fileName, const QString &path) const;
    int tensorCount() const;
    void setOpen(const QString &fileName, const QString &path); // marks the open tensor; empty names: none

    QModelIndex find(const QString &fileName, const QString &path) const;

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &index) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;

private:
    struct Node;
    struct Detected;
    using Key = std::pair<QString, QString>; // file, path
    void addMatrices(Node &leaf);
    bool isOpen(const Node &node) const;
    const Node *nodeOf(const QModelIndex &index) const;
    QModelIndex indexOf(const Node *node, int column) const;
    QVariant tensorData(const Node &node, int column, int role) const;

    std::unique_ptr<Node> m_root; // invisible
    QHash<Key, const Node *> m_tensors; // and matrices of stacks
    int m_count = 0; // tensors
    Key m_open;
    QHash<Key, Detected> m_detected;
};

} // namespace nms
