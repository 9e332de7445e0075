// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/tensor_statistics.h"
#include "ui/widgets/panel_dock.h"

class QLabel;

namespace nms {

class SegmentedControl;
class StatisticsChart;

/// The open tensor as a whole: density of its rows and columns, dead ones, and how gaps and residuals are distributed over
/// the tiles.
class StatisticsDock : public PanelDock
{
    Q_OBJECT
public:
    enum Page { Rows, Columns, Gaps, Residuals };

    explicit StatisticsDock(Workspace &workspace, QWidget *parent = nullptr);

    void showPage(Page page);
    StatisticsChart *chart() const { return m_chart; }

private:
    void refresh();
    void showDensity(const TensorStatistics &statistics, bool isRows);
    void showDistribution(const TensorStatistics &statistics);

    Workspace &m_workspace;
    StatisticsTask m_task;
    Page m_page = Rows;
    SegmentedControl *m_pages;
    StatisticsChart *m_chart;
    QLabel *m_text;
};

} // namespace nms
