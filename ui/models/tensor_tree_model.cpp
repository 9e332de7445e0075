// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tensor_tree_model.h"

#include "core/base/natural_order.h"
#include "core/jobs/hardware.h"
#include "core/jobs/tensor_selection.h"
#include "core/tensor/tensor_role.h"
#include "ui/models/format.h"

#include <QFileInfo>

#include <algorithm>
#include <utility>
#include <vector>

namespace nms {

struct TensorTreeModel::Node {
    Node *parent = nullptr;
    int row = 0;
    QString label;
    QString fileName;
    std::optional<TensorInfo> tensor; // leaves only
    QString leftOut;
    std::vector<std::unique_ptr<Node>> children;

    Node *add(QString text, const QString &file)
    {
        children.push_back(std::make_unique<Node>());
        Node *child = children.back().get();
        child->parent = this;
        child->row = int(children.size()) - 1;
        child->label = std::move(text);
        child->fileName = file;
        return child;
    }
};

struct TensorTreeModel::Detected {
    DetectedPatterns patterns;
    QString hardware; // short text for the column
    QString answers; // one line per engine
};

/// Follows the rule for solving a whole file without further options: see jobs::selectTensors.
static QString leftOutOf(const TensorInfo &tensor, const TensorNames &names)
{
    const TensorRole role = roleOf(tensor, names);
    const std::string reason = role == TensorRole::Weight ? jobs::whyNotCut(tensor, 1) : std::string(reasonOf(role));
    return QString::fromStdString(reason);
}

static QString answersOf(const jobs::HardwareFacts &facts)
{
    QString text = QString::fromStdString(facts.summary());
    for (const jobs::HardwareVerdict &verdict : facts.verdicts) {
        QStringList missing;
        for (const std::string &what : verdict.missing)
            missing << QString::fromStdString(what);
        text += QStringLiteral("\n%1, %2 %3: %4")
                    .arg(QString::fromUtf8(verdict.engine->name.data(), qsizetype(verdict.engine->name.size())),
                         QString::fromStdString(verdict.pattern.text()),
                         verdict.forward ? QStringLiteral("forward") : QStringLiteral("backward"),
                         verdict.runs() ? QStringLiteral("yes") : missing.join(QStringLiteral("; ")));
    }
    return text;
}

static qsizetype groupLength(const QStringList &parts)
{
    if (parts.size() < 2)
        return 0;
    for (qsizetype i = 0; i + 1 < parts.size(); ++i) {
        bool isNumber = false;
        parts[i].toUInt(&isNumber);
        if (isNumber)
            return i + 1;
    }
    return 1;
}

// Names in safetensors are separated by dots, HDF5 paths by slashes; both are displayed the same way.
static QStringList partsOf(const QString &path)
{
    return QString(path).replace(QLatin1Char('/'), QLatin1Char('.')).split(QLatin1Char('.'), Qt::SkipEmptyParts);
}

QString groupOf(const QString &path)
{
    const QStringList parts = partsOf(path);
    return parts.mid(0, groupLength(parts)).join(QLatin1Char('.'));
}

QString leafName(const QString &path)
{
    const QStringList parts = partsOf(path);
    QStringList rest = parts.mid(groupLength(parts));
    static const QString weight = QStringLiteral("weight");
    if (rest.size() > 1 && rest.back() == weight)
        rest.removeLast();
    else if (rest.size() > 1 && rest.back().startsWith(weight + QLatin1Char('['))) { // one matrix of a stack
        const QString matrix = rest.takeLast().mid(weight.size());
        rest.back() += matrix;
    }
    return rest.join(QLatin1Char('.'));
}

TensorTreeModel::TensorTreeModel(QObject *parent) : QAbstractItemModel(parent), m_root(std::make_unique<Node>()) { }

TensorTreeModel::~TensorTreeModel() = default;

void TensorTreeModel::setFiles(const std::vector<OpenFile> &files)
{
    beginResetModel();
    m_root = std::make_unique<Node>();
    m_tensors.clear();
    m_count = 0;
    for (const OpenFile &file : files) {
        Node *top = m_root.get();
        if (files.size() > 1)
            top = m_root->add(QFileInfo(file.fileName).fileName(), file.fileName);
        QHash<QString, Node *> groups;
        const TensorNames names(file.tensors);
        std::vector<TensorInfo> tensors = file.tensors;
        std::stable_sort(tensors.begin(), tensors.end(), [](const TensorInfo &a, const TensorInfo &b) {
            return comesBefore(a.path, b.path); // natural order, 2 before 10, unlike the order in files
        });
        for (const TensorInfo &tensor : tensors) {
            const QString path = QString::fromStdString(tensor.path);
            const QString group = groupOf(path);
            Node *parent = top;
            if (!group.isEmpty()) {
                Node *&known = groups[group];
                if (!known)
                    known = top->add(group, file.fileName);
                parent = known;
            }
            QString label = leafName(path);
            if (!tensor.layer.empty()) // Keras paths only number layers of a kind; show the user's layer name
                label = QString::fromStdString(tensor.layer) + QStringLiteral(" · ") + label.section(QLatin1Char('.'), -2);
            Node *leaf = parent->add(label, file.fileName);
            leaf->tensor = tensor;
            leaf->leftOut = leftOutOf(tensor, names);
            m_tensors.insert({file.fileName, path}, leaf);
            addMatrices(*leaf);
            ++m_count;
        }
    }
    m_detected.removeIf([this](const auto &entry) { return !m_tensors.contains(entry.key()); });
    endResetModel();
}

/// Adds each matrix of a stack as a child.
void TensorTreeModel::addMatrices(Node &leaf)
{
    // A larger stack cannot be browsed by hand; its matrices can still be named with --tensor and in the title.
    constexpr std::int64_t mostShown = 4096;
    const TensorInfo &tensor = *leaf.tensor;
    if (!tensor.isMatrix() || tensor.matrices() < 2 || tensor.matrices() > mostShown)
        return;
    for (std::int64_t k = 0; k < tensor.matrices(); ++k) {
        TensorInfo matrix = matrixOf(tensor, k);
        const QString path = QString::fromStdString(matrix.path);
        Node *child = leaf.add(path.mid(path.lastIndexOf(QLatin1Char('['))), leaf.fileName);
        child->tensor = std::move(matrix);
        child->leftOut = leaf.leftOut;
        m_tensors.insert({leaf.fileName, path}, child);
    }
}

void TensorTreeModel::setDetected(const QString &fileName, const QString &path, const DetectedPatterns &patterns)
{
    const Node *node = m_tensors.value({fileName, path});
    if (!node)
        return;
    const jobs::HardwareFacts facts = jobs::hardwareOf(*node->tensor, patterns);
    m_detected.insert({fileName, path}, {patterns, QString::fromStdString(facts.brief()), answersOf(facts)});
    emit dataChanged(indexOf(node, Name), indexOf(node, Hardware));
}

bool TensorTreeModel::isDetected(const QString &fileName, const QString &path) const
{
    return m_detected.contains({fileName, path});
}

int TensorTreeModel::tensorCount() const
{
    return m_count;
}

void TensorTreeModel::setOpen(const QString &fileName, const QString &path)
{
    const Key old = std::exchange(m_open, Key(fileName, path));
    for (const Key &key : {old, m_open})
        for (const Node *node = m_tensors.value(key); node && node != m_root.get(); node = node->parent)
            emit dataChanged(indexOf(node, Name), indexOf(node, Name), {IsOpenRole});
}

bool TensorTreeModel::isOpen(const Node &node) const
{
    const Node *open = m_tensors.value(m_open);
    while (open && open != &node)
        open = open->parent;
    return open != nullptr;
}

QModelIndex TensorTreeModel::find(const QString &fileName, const QString &path) const
{
    const Node *node = m_tensors.value({fileName, path});
    return node ? indexOf(node, Name) : QModelIndex();
}

const TensorTreeModel::Node *TensorTreeModel::nodeOf(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<const Node *>(index.internalPointer()) : m_root.get();
}

QModelIndex TensorTreeModel::indexOf(const Node *node, int column) const
{
    return createIndex(node->row, column, node);
}

QModelIndex TensorTreeModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, nodeOf(parent)->children[std::size_t(row)].get());
}

QModelIndex TensorTreeModel::parent(const QModelIndex &index) const
{
    const Node *parent = index.isValid() ? nodeOf(index)->parent : nullptr;
    return !parent || parent == m_root.get() ? QModelIndex() : indexOf(parent, Name);
}

int TensorTreeModel::rowCount(const QModelIndex &parent) const
{
    return parent.column() > 0 ? 0 : int(nodeOf(parent)->children.size());
}

int TensorTreeModel::columnCount(const QModelIndex &) const
{
    return ColumnCount;
}

static QString join(const std::vector<NmPattern> &patterns)
{
    QStringList texts;
    for (const NmPattern &pattern : patterns)
        texts << QString::fromStdString(pattern.text());
    return texts.isEmpty() ? QStringLiteral("none") : texts.join(QStringLiteral(", "));
}

static QString structureText(const DetectedPatterns &detected)
{
    const std::vector<PatternStatement> statements = statementsOf(detected);
    if (!statements.empty())
        return QString::fromStdString(statements.front().text());
    return detected.sparsity < 0.005 ? TensorTreeModel::tr("dense")
                                     : TensorTreeModel::tr("%1 zeros").arg(format::percent(detected.sparsity));
}

QVariant TensorTreeModel::tensorData(const Node &node, int column, int role) const
{
    const TensorInfo &tensor = *node.tensor;
    const QString path = QString::fromStdString(tensor.path);
    const auto detected = m_detected.constFind({node.fileName, path});
    if (role == Qt::ToolTipRole) {
        QString text = QStringLiteral("%1\n%2 · %3 · %4")
                           .arg(path, format::shape(tensor.shape), QString::fromStdString(tensor.storedType),
                                QString::fromStdString(tensor.layout));
        if (!tensor.axesText().empty())
            text += QLatin1Char('\n') + QString::fromStdString(tensor.axesText());
        if (!tensor.unreadable.empty())
            text += QLatin1Char('\n') + QString::fromStdString(tensor.unreadable);
        if (!tensor.note.empty())
            text += QLatin1Char('\n') + QString::fromStdString(tensor.note);
        if (!node.leftOut.isEmpty())
            text += tr("\nleft out of solving the file: %1").arg(node.leftOut);
        if (detected != m_detected.constEnd())
            text += tr("\nzeros %1\nkeeps N of M along rows: %2\nalong columns: %3\nalong both (transposable): %4")
                        .arg(format::percent(detected->patterns.sparsity), join(detected->patterns.alongRows),
                             join(detected->patterns.alongColumns), join(detected->patterns.transposable)) +
                tr("\nhardware: %1").arg(detected->answers);
        return text;
    }
    switch (column) {
    case Name:
        return node.label;
    case Shape:
        return format::shape(tensor.matrix ? std::vector<std::int64_t>{tensor.rows(), tensor.cols()} : tensor.shape);
    case Type:
        return tensor.dtype == DType::Other
            ? QString::fromStdString(tensor.storedType)
            : QString::fromUtf8(nameOf(tensor.dtype).data(), qsizetype(nameOf(tensor.dtype).size()));
    case Structure:
        return detected == m_detected.constEnd() ? QString() : structureText(detected->patterns);
    case Hardware:
        return detected == m_detected.constEnd() ? QString() : detected->hardware;
    }
    return {};
}

QVariant TensorTreeModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const Node &node = *nodeOf(index);
    switch (role) {
    case FileRole:
        return node.fileName;
    case PathRole:
        return node.tensor ? QString::fromStdString(node.tensor->path) : QString();
    case IsMatrixRole:
        return node.tensor && node.tensor->isMatrix();
    case IsOpenRole:
        return isOpen(node);
    case LeftOutRole:
        return node.tensor ? node.leftOut : QString();
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter |
                   (index.column() == Shape || index.column() == Structure || index.column() == Hardware ? Qt::AlignRight
                                                                                                         : Qt::AlignLeft));
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
        if (node.tensor)
            return tensorData(node, index.column(), role);
        return index.column() == Name ? QVariant(role == Qt::ToolTipRole ? node.fileName : node.label) : QVariant();
    }
    return {};
}

Qt::ItemFlags TensorTreeModel::flags(const QModelIndex &index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    const Node &node = *nodeOf(index);
    if (!node.tensor)
        return Qt::ItemIsEnabled;
    const Qt::ItemFlags leaf = node.children.empty() ? Qt::ItemFlags(Qt::ItemNeverHasChildren) : Qt::ItemFlags();
    return node.tensor->isMatrix() ? Qt::ItemIsEnabled | Qt::ItemIsSelectable | leaf : leaf;
}

} // namespace nms
