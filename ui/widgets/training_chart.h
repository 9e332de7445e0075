// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/attach/welcome.h"

#include <QChartView>

#include <optional>
#include <vector>

class QLineSeries;
class QValueAxis;

namespace nms {

/// Flip rates of masks over the steps of a training: a thin line for each layer, one of them in front. Colours follow the
/// theme.
class TrainingChart : public QChartView
{
    Q_OBJECT
public:
    static constexpr std::size_t mostLines = 64; // that are drawn; the one in front always is
    static constexpr std::size_t mostPoints = 512; // of a line

    explicit TrainingChart(QWidget *parent = nullptr);

    /// `front`: the place of a layer among the flips of each refresh.
    void setRefreshes(const std::vector<TrainingRefresh> &refreshes, std::optional<std::size_t> front);

protected:
    void drawForeground(QPainter *painter, const QRectF &rect) override;

private:
    void color();

    QValueAxis *m_steps;
    QValueAxis *m_rates;
    std::vector<QLineSeries *> m_lines;
    QLineSeries *m_front;
    bool m_isEmpty = true;
};

/// The refreshes to draw, at most `most`, evenly thinned out, with the first and the last.
std::vector<std::size_t> drawnRefreshes(std::size_t count, std::size_t most);

} // namespace nms
