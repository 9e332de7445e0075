// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/viewport/viewport_controller.h"

#include <QDialog>

#include <functional>
#include <optional>

class QLineEdit;

namespace nms {

/// Sets both limits of the colour scale, as numbers or by a percentile. What is typed is shown at once. GUI thread.
class RangeDialog : public QDialog
{
    Q_OBJECT
public:
    /// `apply` is called with every valid range, and with nullopt to restore the initial range of the view.
    RangeDialog(LegendRange range, std::function<void(const std::optional<ValueScale> &)> apply, QWidget *parent);

private:
    void typed(bool lowEnd);
    void showScale(const ValueScale &scale);

    LegendRange m_range;
    std::function<void(const std::optional<ValueScale> &)> m_apply;
    QLineEdit *m_low;
    QLineEdit *m_high;
};

} // namespace nms
