// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;

namespace nms {

class PrunePriceChart;
class Workspace;

/// Compares frameworks × kinds × patterns on the open tensor: a chart, and beside it what transposability costs with each
/// framework.
class PruneComparePage : public QWidget
{
    Q_OBJECT
public:
    explicit PruneComparePage(Workspace &workspace, QWidget *parent = nullptr);

    void refresh();

private:
    void copyCsv() const;

    Workspace &m_workspace;
    PrunePriceChart *m_chart;
    QLabel *m_priceTitle;
    QList<QLabel *> m_prices; // one for each framework
    QPushButton *m_compare;
    QPushButton *m_copy;
    QProgressBar *m_progress;
    QLabel *m_text;
    std::size_t m_shown = 0; // number of results in the chart
};

} // namespace nms
