// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/range_dialog.h"

#include "core/base/number_text.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>

#include <cmath>

namespace nms {

RangeDialog::RangeDialog(LegendRange range, std::function<void(const std::optional<ValueScale> &)> apply, QWidget *parent)
    : QDialog(parent), m_range(std::move(range)), m_apply(std::move(apply)), m_low(new QLineEdit(this)),
      m_high(new QLineEdit(this))
{
    setObjectName(QStringLiteral("rangeDialog"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Range of %1").arg(QString::fromStdString(m_range.title)));
    m_low->setObjectName(QStringLiteral("low"));
    m_high->setObjectName(QStringLiteral("high"));
    m_low->setAccessibleName(tr("Lowest"));
    m_high->setAccessibleName(tr("Highest"));
    m_low->setToolTip(m_range.isPercent ? tr("In percent: values up to this have the first colour")
                                        : tr("Values up to this have the first colour"));
    m_high->setToolTip(m_range.isPercent ? tr("In percent: values from this on have the last colour")
                                         : tr("Values from this on have the last colour"));
    auto *form = new QFormLayout;
    form->addRow(tr("from"), m_low);
    form->addRow(tr("to"), m_high);
    if (!m_range.percentiles.empty()) {
        auto *percentile = new QComboBox(this);
        percentile->setAccessibleName(tr("Percentile"));
        percentile->setToolTip(tr("The share of all values whose magnitude lies within the range"));
        percentile->addItem(tr("choose …"));
        for (const auto &[share, value] : m_range.percentiles)
            percentile->addItem(tr("%1 within ± %2")
                                    .arg(QString::fromStdString(withoutTrailingZeros(formatPercent(share, 1))),
                                         QString::fromStdString(formatReading(double(value)))));
        connect(percentile, &QComboBox::activated, this, [this](int index) {
            if (index < 1)
                return;
            const float end = m_range.percentiles[std::size_t(index - 1)].second;
            showScale({m_range.isSymmetric                 ? -end
                           : m_range.scale.isLogarithmic() ? end * overlay::logarithmicSpan
                                                           : 0,
                       end, m_range.scale.logarithmic});
            m_apply(m_range.scale);
        });
        form->addRow(tr("percentile"), percentile);
    }
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close | QDialogButtonBox::Reset, this);
    buttons->button(QDialogButtonBox::Reset)->setToolTip(tr("The range that the view begins with"));
    buttons->button(QDialogButtonBox::Close)->setToolTip(tr("Keep the range"));
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    connect(buttons->button(QDialogButtonBox::Reset), &QPushButton::clicked, this, [this] {
        m_apply(std::nullopt);
        close();
    });
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 16, 20, 16);
    layout->setSpacing(16);
    layout->addLayout(form);
    layout->addWidget(buttons);
    showScale(m_range.scale);
    connect(m_low, &QLineEdit::textEdited, this, [this] { typed(true); });
    connect(m_high, &QLineEdit::textEdited, this, [this] { typed(false); });
    m_high->setFocus();
    m_high->selectAll();
}

/// Applies the limits only if both are numbers in ascending order.
void RangeDialog::typed(bool lowEnd)
{
    const QLocale plain = QLocale::c();
    const float unit = m_range.isPercent ? 0.01F : 1.F;
    const auto numberOf = [&](const QLineEdit *field, bool &isNumber) {
        QString text = field->text().trimmed();
        text.replace(QChar(0x2212), QLatin1Char('-')).remove(QLatin1Char('%'));
        return plain.toFloat(text.trimmed(), &isNumber) * unit;
    };
    bool isLow = false, isHigh = false;
    ValueScale scale = m_range.scale;
    scale.low = numberOf(m_low, isLow);
    scale.high = numberOf(m_high, isHigh);
    if (m_range.isSymmetric) {
        const float end = std::abs(lowEnd ? scale.low : scale.high);
        scale.low = -end;
        scale.high = end;
        if (lowEnd ? isLow : isHigh) {
            (lowEnd ? m_high : m_low)->setText(QString::fromStdString(formatNumber(double(lowEnd ? end : -end))));
            isLow = isHigh = true;
        }
    }
    const bool isRange = isLow && isHigh && std::isfinite(scale.low) && std::isfinite(scale.high) && scale.low < scale.high;
    for (QLineEdit *field : {m_low, m_high}) {
        field->setProperty("isWrong", !isRange);
        field->style()->unpolish(field);
        field->style()->polish(field);
    }
    if (!isRange)
        return;
    m_range.scale = scale;
    m_apply(scale);
}

void RangeDialog::showScale(const ValueScale &scale)
{
    m_range.scale = scale;
    const double unit = m_range.isPercent ? 100 : 1;
    m_low->setText(QString::fromStdString(formatNumber(double(scale.low) * unit)));
    m_high->setText(QString::fromStdString(formatNumber(double(scale.high) * unit)));
}

} // namespace nms
