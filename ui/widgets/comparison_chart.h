// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/jobs/compare_matrix.h"

#include <QChartView>

#include <vector>

class QBarCategoryAxis;
class QValueAxis;

namespace nms {

/// Bars of ‖W−Ŵ‖²/‖W‖² that start at zero: a group for each pattern, a colour for each method.
class ComparisonChart : public QChartView
{
    Q_OBJECT
public:
    explicit ComparisonChart(QWidget *parent = nullptr);
    void setRows(const std::vector<ComparisonRow> &rows);

private:
    QBarCategoryAxis *m_patterns;
    QValueAxis *m_errors;
};

} // namespace nms
