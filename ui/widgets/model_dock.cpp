// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/model_dock.h"

#include "core/jobs/report_html.h"
#include "ui/models/format.h"
#include "ui/models/workspace.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"

#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace nms {

namespace {

/// Draws a number over a bar of its share. The bars of costs are ten times as long, since costs are a few points only.
class ShareDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    double scale = 1;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const bool isModel = index.data(ModelTable::IsModelRole).toBool();
        if (isModel)
            painter->fillRect(option.rect, theme().raised);
        if (const QVariant share = index.data(ModelTable::ShareRole); share.isValid()) {
            const QRectF space = QRectF(option.rect).adjusted(4, 4, -4, -4);
            QColor color = theme().accentDeep;
            color.setAlphaF(0.35F);
            painter->fillRect(QRectF(space.left(), space.top(),
                                     space.width() * std::clamp(scale * share.toDouble(), 0.0, 1.0), space.height()),
                              color);
        }
        QStyledItemDelegate::paint(painter, option, index);
    }

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        option->font = monoFont(12);
        if (index.column() == ModelTable::Tensor)
            option->textElideMode = Qt::ElideLeft; // the names of layers differ at their ends
        if (index.data(ModelTable::IsModelRole).toBool())
            option->font.setBold(true);
    }
};

} // namespace

ModelDock::ModelDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Model"), QStringLiteral("model"), Heading::InTab, parent), m_workspace(workspace),
      m_table(new QTableView(this)),
      m_hint(
          new QLabel(tr("Every tensor of the file at 2:4, 4:8, 8:16 and 16:32: what the best transposable mask keeps, what "
                        "transposability costs, the worst tile, and which N is enough: press Start"),
                     this))
{
    m_hint->setObjectName(QStringLiteral("muted"));
    m_hint->setWordWrap(true);
    addControls();
    m_sorted.setSourceModel(&m_model);
    m_table->setModel(&m_sorted);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(-1, Qt::AscendingOrder); // in the order of the file, until a column header is clicked
    m_table->setItemDelegate(new ShareDelegate(m_table));
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setToolTip(tr("A double click opens the tensor at that pattern; of the worst tiles it flies there"));
    m_table->setAccessibleName(tr("Tensors of the model and what patterns keep of them"));
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(24);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setMinimumSectionSize(56);
    body()->addWidget(m_hint);
    body()->addWidget(m_table, 1);
    body()->addStretch(0);

    m_timer.setInterval(100);
    connect(&m_timer, &QTimer::timeout, this, &ModelDock::showProgress);
    connect(m_table, &QTableView::doubleClicked, this, &ModelDock::open);
    connect(&m_run, &ModelRun::changed, this, &ModelDock::showState);
    connect(&m_run, &ModelRun::failed, this, [this](const Error &error) {
        emit m_workspace.message(MessageLevel::Error, QString::fromStdString(error.line()), MessageSubject::File);
    });
    connect(&workspace, &Workspace::filesChanged, this, [this] {
        const auto &files = m_workspace.files();
        const QString shown = QFile::decodeName(m_run.settings().file.c_str());
        if (std::ranges::none_of(files, [&](const OpenFile &file) { return file.fileName == shown; }))
            m_run.clear();
        showState();
    });
    connect(&workspace, &Workspace::tensorChanged, this, [this] {
        if (const auto tensor = m_workspace.tensor(); m_flight && tensor && tensor->info.path == m_flight->path) {
            const TileGrid grid = m_workspace.grid();
            const std::int64_t tile = grid.index(m_flight->tileRow, m_flight->tileCol);
            if (m_flight->tileRow < grid.tileRows() && m_flight->tileCol < grid.tileCols())
                m_workspace.flyToTile(tile);
            m_flight.reset();
        }
        showState();
    });
    showState();
}

void ModelDock::addControls()
{
    m_start = new QPushButton(this);
    m_start->setFocusPolicy(Qt::StrongFocus);
    m_start->setToolTip(tr("Solve every tensor of the open file at every pattern by this method, and along rows alone"));
    m_method = new QComboBox(this);
    for (const Method method : offeredMethods())
        if (isTransposable(method))
            m_method->addItem(QString::fromStdString(std::string(nameOf(method))), int(method));
    m_method->setCurrentIndex(m_method->findData(int(provingMethod())));
    m_method->setAccessibleName(tr("Method"));
    m_method->setFixedWidth(scaled(96)); // the row fits the panel of the usual layout
    m_method->setToolTip(tr("By which the patterns are solved; the sufficient N is always that of the proven optimum"));
    m_target = new QDoubleSpinBox(this);
    m_target->setRange(1, 99.9);
    m_target->setDecimals(1);
    m_target->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_target->setValue(95);
    m_target->setSuffix(tr(" %"));
    m_target->setPrefix(tr("keep ≥ "));
    m_target->setAccessibleName(tr("Share of the score to keep"));
    m_target->setToolTip(
        tr("The smallest N of each M that keeps this share of the score is looked for, by tensor and for the "
           "whole model: ΣA∘S / ΣA"));
    m_figure = new SegmentedControl({tr("Kept"), tr("Price"), tr("Worst tile")}, this);
    m_figure->setToolTipOf(0, tr("Share of the score that the best transposable mask keeps"));
    m_figure->setToolTipOf(1, tr("What transposability costs: points that N:M along rows alone keeps more"));
    m_figure->setToolTipOf(2, tr("Share that the worst tile keeps; a double click flies there"));
    m_figure->setCurrent(0);
    m_copy = new QPushButton(tr("Copy"), this);
    m_copy->setFocusPolicy(Qt::StrongFocus);
    m_copy->setToolTip(tr("Copy the figures as CSV or JSON"));
    auto *menu = new QMenu(m_copy);
    menu->addAction(tr("As CSV"), this,
                    [this] { QGuiApplication::clipboard()->setText(QString::fromUtf8(toCsv(m_model.table()))); });
    menu->addAction(tr("As JSON"), this,
                    [this] { QGuiApplication::clipboard()->setText(QString::fromUtf8(toJson(m_model.table()))); });
    m_copy->setMenu(menu);
    m_copy->setProperty("hasMenu", true);
    m_progress = new QProgressBar(this);
    m_progress->setTextVisible(false);
    m_progress->setRange(0, 1000);
    m_text = new QLabel(this);
    m_text->setObjectName(QStringLiteral("muted"));
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // the first to give way
    connect(m_start, &QPushButton::clicked, this, &ModelDock::toggleOverview);
    connect(m_figure, &SegmentedControl::activated, this, [this](int figure) {
        m_figure->setCurrent(figure);
        static_cast<ShareDelegate *>(m_table->itemDelegate())->scale = figure == int(ModelTable::Figure::Price) ? 10 : 1;
        m_model.setFigure(ModelTable::Figure(figure));
    });
    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_start);
    row->addWidget(m_method);
    row->addWidget(m_target);
    row->addWidget(m_progress, 1);
    row->addWidget(m_text, 1);
    row->addWidget(m_figure);
    row->addWidget(m_copy);
    body()->addLayout(row);
}

void ModelDock::toggleOverview()
{
    if (m_run.isRunning()) {
        m_run.cancel();
        return;
    }
    const auto tensor = m_workspace.tensor();
    const auto &files = m_workspace.files();
    if (!tensor && files.empty())
        return;
    jobs::OverviewSettings settings;
    settings.file = QFile::encodeName(tensor ? tensor->file : files.front().fileName).toStdString();
    settings.tensors.skipInvalid = true;
    settings.target = m_target->value() / 100;
    settings.method = Method(m_method->currentData().toInt());
    settings.memoryLimit = m_workspace.memoryLimit();
    const jobs::ScoreChoice score = m_workspace.score();
    if (score.kind == jobs::ScoreChoice::Kind::Rule)
        settings.score = score.isMagnitude() ? std::string() : score.rule;
    else if (score.kind == jobs::ScoreChoice::Kind::File)
        settings.score = score.file;
    else
        emit m_workspace.message(
            MessageLevel::Warning,
            tr("The overview of the model is by |W|: a Wanda score needs the activations of each layer"),
            MessageSubject::File);
    const auto &backends = m_workspace.backends();
    const auto cpu =
        std::ranges::find_if(backends, [](const BackendChoice &choice) { return choice.backend->id() == "cpu"; });
    const auto chosen = std::ranges::find_if(backends, [&](const BackendChoice &choice) {
        return QString::fromStdString(choice.backend->id()) == m_workspace.backendId();
    });
    if (cpu == backends.end())
        return;
    m_run.start(settings, (chosen == backends.end() ? cpu : chosen)->backend, cpu->backend);
}

QByteArray ModelDock::report() const
{
    return m_run.model() ? QByteArray::fromStdString(jobs::toHtml(*m_run.model())) : QByteArray();
}

void ModelDock::open(const QModelIndex &index)
{
    const QModelIndex source = m_sorted.mapToSource(index);
    const jobs::TensorOverview *tensor = m_model.tensorAt(source.row());
    const std::optional<jobs::WorstTile> worst = m_model.worstAt(source.row(), source.column());
    if (tensor == nullptr && !worst)
        return;
    if (const std::optional<NmPattern> pattern = m_model.patternAt(source.row(), source.column())) {
        SolveOptions options = m_workspace.options();
        options.pattern = *pattern;
        m_workspace.setOptions(options);
    }
    // The window shows one matrix of a stack at a time.
    std::string path = worst ? worst->path : tensor->tensor.path;
    if (!worst && tensor->tensor.matrices() > 1)
        path = matrixOf(tensor->tensor, 0).path;
    if (worst)
        m_flight = worst;
    const QString file = QFile::decodeName(m_run.settings().file.c_str());
    if (const auto open = m_workspace.tensor(); open && open->file == file && open->info.path == path) {
        if (worst)
            m_workspace.flyToTile(m_workspace.grid().index(worst->tileRow, worst->tileCol));
        m_flight.reset();
    } else {
        m_workspace.selectTensor(file, QString::fromStdString(path));
    }
}

void ModelDock::showState()
{
    m_model.setOverview(m_run.settings(), m_run.tensors(), m_run.model() ? &*m_run.model() : nullptr);
    const bool isEmpty = m_model.rowCount() == 0;
    m_hint->setVisible(isEmpty && !m_run.isRunning());
    m_table->setVisible(!isEmpty);
    if (!isEmpty && m_table->columnWidth(ModelTable::Tensor) < 120) {
        m_table->setColumnWidth(ModelTable::Tensor, 208);
        m_table->setColumnWidth(ModelTable::Shape, 84);
        m_table->setColumnWidth(ModelTable::Holds, 76);
        for (int column = ModelTable::FirstPattern; column < m_model.columnCount(); ++column)
            m_table->setColumnWidth(column, 76);
    }
    m_start->setText(m_run.isRunning() ? tr("Cancel") : tr("Start"));
    m_start->setEnabled(m_run.isRunning() || m_workspace.tensor() || !m_workspace.files().empty());
    m_copy->setEnabled(!isEmpty);
    m_progress->setVisible(m_run.isRunning());
    if (m_run.isRunning() && !m_timer.isActive())
        m_timer.start();
    else if (!m_run.isRunning())
        m_timer.stop();
    if (const auto &model = m_run.model()) {
        m_text->setText(model->skipped.empty() ? QString() : tr("%1 left out").arg(model->skipped.size()));
        if (!model->skipped.empty())
            m_text->setToolTip(tr("%1 left out, such as %2: %3")
                                   .arg(QString::number(model->skipped.size()),
                                        QString::fromStdString(model->skipped.front().path),
                                        QString::fromStdString(model->skipped.front().reason)));
    } else {
        m_text->clear();
        m_text->setToolTip({});
    }
    if (m_run.isRunning())
        showProgress();
}

void ModelDock::showProgress()
{
    m_progress->setValue(int(1000 * m_run.share()));
    m_progress->setToolTip(m_run.tensorUnderWay());
    const std::size_t count = m_run.tensors().size();
    const QString done = count == 1 ? tr("1 tensor done") : tr("%1 tensors done").arg(count);
    const std::optional<double> left = m_run.secondsLeft();
    m_text->setText(left ? tr("%1, about %2 left").arg(done, format::seconds(*left)) : done);
}

} // namespace nms
