// SPDX-License-Identifier: Apache-2.0
// Panels of time against gap, one for each pattern, for the pictures of `nmscope bench`. Needs neither a display nor an
// application object. Main thread.
#pragma once

#include "core/bench/suite.h"
#include "core/view/theme_colors.h"

#include <QChart>
#include <QColor>
#include <QFont>
#include <QGraphicsScene>
#include <QImage>
#include <QString>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace nms::cli {

inline QColor asQColor(Rgba8 color)
{
    return {color.r, color.g, color.b};
}

struct ChartColors {
    QColor ink, muted, frame, grid, strip, paper;
};
const ChartColors &chartColors();
QFont chartFont(int pixels, bool bold = false);

/// Exponents of the powers of ten that enclose all values.
using Decades = std::pair<int, int>;

struct BenchPanel {
    NmPattern pattern;
    std::string data; // name of the set of tiles
};

/// A picture with panels in rows of `perRow`, both axes logarithmic.
class BenchChart
{
public:
    /// `times` in µs per tile, `gaps` as fractions: all that will be drawn.
    BenchChart(const bench::BenchResult &result, int perRow, std::vector<double> times, const std::vector<double> &gaps);

    /// The place of a gap, a fraction, on the vertical axis, which shows exponents and has a strip of its own for 0.
    double placeOf(double gap) const;
    /// Calls addSeries(chart, panel) for each; data sets are named where there are several.
    void addPanels(const std::vector<BenchPanel> &panels,
                   const std::function<void(QChart &chart, const BenchPanel &panel)> &addSeries);
    /// `how` follows the machine and the clock in the second line.
    void addHeading(const QString &title, const QString &how);
    /// `marks`: series named for the legend below the panels; owned from then on.
    void addLegend(const std::vector<QAbstractSeries *> &marks);

    QImage draw();

private:
    QChart *addPanel(const QString &title, int index, int count);

    const bench::BenchResult &m_result;
    const int m_perRow;
    Decades m_times, m_gaps;
    QGraphicsScene m_scene;
    QRectF m_room{0, 0, 860, 0};
};

} // namespace nms::cli
