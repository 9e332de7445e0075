// SPDX-License-Identifier: Apache-2.0
#include "app/cli/bench_plot.h"

#include "app/cli/bench_marks.h"

#include <QFontDatabase>
#include <QFontMetricsF>
#include <QGuiApplication>
#include <QImage>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace nms::cli {

namespace {

using bench::Record;

constexpr double scale = 2; // pixels of one unit
constexpr double panelWidth = 330, panelHeight = 260, betweenX = 24, betweenY = 40; // the panel's name stands above it
constexpr double marginLeft = 80, marginTop = 92, marginRight = 24, marginBottom = 14, underPanels = 48, legendRow = 22;
constexpr double zeroBand = 30; // the strip at the bottom of a panel for gaps of exactly 0, which no logarithm shows
constexpr double besides = 8; // room for a mark at the outermost grid lines
constexpr int perRow = 3;

/// What has a place in the picture: transposable masks of the first data, with the first number of threads.
std::vector<const Record *> shown(const BenchResult &result)
{
    std::vector<const Record *> records;
    for (const Record &record : result.records)
        if ((record.threads == 0 || record.threads == result.setup.threads.front()) && record.done() &&
            record.data == result.records.front().data && record.verdict.gap && markOf(record.method) != nullptr)
            records.push_back(&record);
    return records;
}

/// Whole decades around all values.
class Decades
{
public:
    void include(double value)
    {
        const double exponent = std::log10(value);
        m_from = m_any ? std::min(m_from, int(std::floor(exponent))) : int(std::floor(exponent));
        m_to = std::max({m_to, int(std::ceil(exponent)), m_from + 1});
        m_any = true;
    }
    int from() const { return m_from; }
    int to() const { return m_to; }
    double share(double value) const { return (std::log10(value) - m_from) / (m_to - m_from); }

    static QString text(int exponent) { return QString::number(std::pow(10.0, exponent), 'f', std::max(0, -exponent)); }

private:
    bool m_any = false;
    int m_from = 0;
    int m_to = -100;
};

class Drawing
{
public:
    Drawing(QPainter &painter, const BenchResult &result)
        : m_painter(painter), m_result(result), m_records(shown(result)), m_width(widthFor(result))
    {
        m_gap.include(0.1);
        for (const Record *record : m_records) {
            m_time.include(1e6 * record->timing.least());
            m_time.include(1e6 * record->timing.most());
            if (record->verdict.gap->mean > 0)
                m_gap.include(100 * record->verdict.gap->mean);
        }
    }

    /// How much room it takes.
    QSizeF draw()
    {
        drawHeading();
        const std::vector<NmPattern> &patterns = m_result.setup.patterns;
        double bottom = 0;
        for (std::size_t k = 0; k < patterns.size(); ++k) {
            const std::size_t row = k / perRow;
            const std::size_t column = k % perRow;
            const QRectF frame(marginLeft + double(column) * (panelWidth + betweenX),
                               marginTop + double(row) * (panelHeight + betweenY), panelWidth, panelHeight);
            drawPanel(frame, patterns[k], column == 0, k + perRow >= patterns.size());
            bottom = frame.bottom();
        }
        drawAxisNames(bottom);
        return {m_width, drawLegend(bottom + underPanels) + marginBottom};
    }

private:
    static double widthFor(const BenchResult &result)
    {
        const int wide = std::min(perRow, int(result.setup.patterns.size()));
        return std::max(marginLeft + wide * (panelWidth + betweenX) - betweenX + marginRight, 760.0);
    }

    void drawHeading()
    {
        const bench::Machine &machine = m_result.machine;
        const int threads = m_result.setup.threads.front();
        setFont(17, true);
        write(QRectF(marginLeft, 14, m_width, 24), Qt::AlignLeft, m_ink,
              QStringLiteral("Transposable N:M masks: time against distance from the optimum"));
        setFont(12);
        write(QRectF(marginLeft, 40, m_width, 18), Qt::AlignLeft, m_muted,
              QStringLiteral("%1, %2 · %3 · %4 scores · medians of %5 rounds, bars from the shortest to the longest")
                  .arg(QString::fromStdString(machine.processor), QString::fromStdString(machine.simd),
                       (threads == 1 ? QStringLiteral("one thread, ") : QStringLiteral("%1 threads, ").arg(threads)) +
                           (m_result.setup.clock() == bench::Clock::ThreadCpu ? QStringLiteral("CPU time")
                                                                              : QStringLiteral("wall time")),
                       QString::fromStdString(m_result.records.front().data))
                  .arg(m_result.setup.repetitions));
    }

    void drawPanel(const QRectF &frame, NmPattern pattern, bool leftmost, bool lowest)
    {
        m_painter.fillRect(QRectF(frame.left(), frame.bottom() - zeroBand, frame.width(), zeroBand), QColor("#eef3f8"));
        setFont(11);
        for (int e = m_time.from(); e <= m_time.to(); ++e) {
            const double x = xOf(frame, 1e-6 * std::pow(10.0, e));
            drawGridLine({x, frame.top()}, {x, frame.bottom()});
            if (lowest)
                write(QRectF(x - 30, frame.bottom() + 4, 60, 16), Qt::AlignHCenter, m_muted, Decades::text(e));
        }
        for (int e = m_gap.from(); e <= m_gap.to(); ++e) {
            const double y = yOf(frame, std::pow(10.0, e) / 100);
            drawGridLine({frame.left(), y}, {frame.right(), y});
            if (leftmost)
                write(QRectF(frame.left() - 60, y - 8, 54, 16), Qt::AlignRight | Qt::AlignVCenter, m_muted,
                      Decades::text(e));
        }
        if (leftmost)
            write(QRectF(frame.left() - 60, frame.bottom() - zeroBand, 54, zeroBand), Qt::AlignRight | Qt::AlignVCenter,
                  m_muted, QStringLiteral("0"));
        m_painter.setPen(QPen(QColor("#8a93a3"), 1));
        m_painter.setBrush(Qt::NoBrush);
        m_painter.drawRect(frame);
        setFont(13, true);
        write(QRectF(frame.left(), frame.top() - 22, frame.width(), 18), Qt::AlignLeft, m_ink,
              QStringLiteral("keep %1 of %2").arg(pattern.n).arg(pattern.m));
        drawPoints(frame, pattern);
    }

    void drawPoints(const QRectF &frame, NmPattern pattern)
    {
        std::vector<QRectF> taken;
        std::vector<std::pair<const Record *, QPointF>> places;
        for (const Record *record : m_records) {
            if (record->pattern != pattern)
                continue;
            const QPointF at(xOf(frame, record->timing.median()), yOf(frame, record->verdict.gap->mean));
            const QPointF least(xOf(frame, record->timing.least()), at.y()), most(xOf(frame, record->timing.most()), at.y());
            m_painter.setPen(QPen(markOf(record->method)->color, 1.2));
            if (least.x() < at.x() - 6) // clear of the mark, which may be hollow
                m_painter.drawLine(least, at - QPointF(6, 0));
            if (most.x() > at.x() + 6)
                m_painter.drawLine(at + QPointF(6, 0), most);
            taken.push_back(
                QRectF(at.x() - 6, at.y() - 6, 12, 12).united(QRectF(least.x(), at.y() - 1, most.x() - least.x(), 2)));
            places.emplace_back(record, at);
        }
        for (const auto &[record, at] : places)
            drawMark(m_painter, *markOf(record->method), at, isOnDevice(*record));
        setFont(11);
        for (const auto &[record, at] : places)
            drawLabel(frame, labelInPlot(*record), at, markOf(record->method)->color.darker(135), taken);
    }

    /// Beside the mark, where nothing else is; nowhere when everything is full, the legend being there.
    void drawLabel(const QRectF &frame, const QString &name, const QPointF &at, const QColor &color,
                   std::vector<QRectF> &taken)
    {
        const QFontMetricsF metrics(m_painter.font());
        const double width = metrics.horizontalAdvance(name) + 2, height = metrics.height() - 1;
        const std::array<QPointF, 8> offsets{
            QPointF(8, -height / 2), QPointF(-width - 8, -height / 2), QPointF(-width / 2, -height - 6),
            QPointF(-width / 2, 6),  QPointF(7, -height - 3),          QPointF(-width - 7, 3),
            QPointF(7, 3),           QPointF(-width - 7, -height - 3)};
        for (const QPointF &offset : offsets) {
            const QRectF box(at + offset, QSizeF(width, height));
            if (!frame.contains(box) ||
                std::any_of(taken.begin(), taken.end(), [&](const QRectF &other) { return other.intersects(box); }))
                continue;
            write(box, Qt::AlignCenter, color, name);
            taken.push_back(box);
            return;
        }
    }

    void drawAxisNames(double bottom)
    {
        setFont(12);
        write(QRectF(marginLeft, bottom + 22, m_width - marginLeft - marginRight, 18), Qt::AlignCenter, m_ink,
              QStringLiteral("time per tile, µs (left is faster)"));
        m_painter.save();
        m_painter.translate(14, (marginTop + bottom) / 2);
        m_painter.rotate(-90);
        write(QRectF(-200, -9, 400, 18), Qt::AlignCenter, m_ink, QStringLiteral("mean gap to the proven optimum, %"));
        m_painter.restore();
    }

    /// Its lower edge.
    double drawLegend(double top)
    {
        setFont(12);
        double x = marginLeft, y = top;
        std::vector<QString> named;
        for (const Record *record : m_records) {
            const QString name = nameInPlot(*record);
            if (std::find(named.begin(), named.end(), name) != named.end())
                continue;
            named.push_back(name);
            const double width = QFontMetricsF(m_painter.font()).horizontalAdvance(name) + 42;
            if (x + width > m_width) {
                x = marginLeft;
                y += legendRow;
            }
            drawMark(m_painter, *markOf(record->method), {x + 7, y + legendRow / 2}, isOnDevice(*record));
            write(QRectF(x + 20, y, width, legendRow), Qt::AlignLeft | Qt::AlignVCenter, m_ink, name);
            x += width;
        }
        return y + legendRow;
    }

    double xOf(const QRectF &frame, double seconds) const
    {
        return frame.left() + besides + (frame.width() - 2 * besides) * m_time.share(1e6 * seconds);
    }
    double yOf(const QRectF &frame, double gap) const
    {
        return gap > 0 ? frame.bottom() - zeroBand - (frame.height() - zeroBand) * m_gap.share(100 * gap)
                       : frame.bottom() - zeroBand / 2;
    }

    void drawGridLine(const QPointF &from, const QPointF &to)
    {
        m_painter.setPen(QPen(QColor("#dfe3ea"), 1));
        m_painter.drawLine(from, to);
    }

    void setFont(int pixels, bool bold = false)
    {
        QFont font = m_painter.font();
        font.setPixelSize(pixels);
        font.setWeight(bold ? QFont::DemiBold : QFont::Normal);
        m_painter.setFont(font);
    }

    void write(const QRectF &box, int flags, const QColor &color, const QString &words)
    {
        m_painter.setPen(color);
        m_painter.drawText(box, flags, words);
    }

    QPainter &m_painter;
    const BenchResult &m_result;
    const std::vector<const Record *> m_records;
    const double m_width;
    const QColor m_ink{"#14161a"}, m_muted{"#4a5260"};
    Decades m_time, m_gap;
};

} // namespace

QImage drawBench(const BenchResult &result)
{
    // Text needs Qt's font database, and that an application object; the offscreen platform asks for no display. What Qt has
    // to say about the session (a missing XDG_RUNTIME_DIR) is of no use here.
    std::optional<QGuiApplication> application;
    int argc = 1;
    std::array<char, 8> program{"nmscope"};
    std::array<char *, 2> argv{program.data(), nullptr};
    if (QCoreApplication::instance() == nullptr) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
        const auto before = qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &) {});
        application.emplace(argc, argv.data());
        qInstallMessageHandler(before);
    }
    const auto draw = [&](QImage &image) {
        QPainter painter(&image);
        painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
        painter.scale(scale, scale);
        const bool hasInter = QFontDatabase::families().contains(QStringLiteral("Inter"));
        painter.setFont(QFont(hasInter ? QStringLiteral("Inter") : QStringLiteral("sans-serif")));
        return Drawing(painter, result).draw();
    };
    QImage measured(1, 1, QImage::Format_RGB32);
    QImage image((draw(measured) * scale).toSize(), QImage::Format_RGB32);
    image.fill(Qt::white);
    draw(image);
    return image;
}

} // namespace nms::cli
