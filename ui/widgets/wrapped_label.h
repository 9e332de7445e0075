// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QLabel>

#include <vector>

namespace nms {

/// Text that breaks into lines and takes what width it is given; laid out once for each width. A QLabel lays its text out
/// whenever a layout asks for its height, which a layout does a dozen times before each label has its place, and several
/// times more to find out which width it would like.
class WrappedLabel : public QLabel
{
    Q_OBJECT
public:
    explicit WrappedLabel(QWidget *parent = nullptr);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    int heightForWidth(int width) const override;

protected:
    void changeEvent(QEvent *event) override;

private:
    mutable QString m_text; // of which these are the sizes
    mutable std::vector<QSize> m_sizes; // by the widths that were asked for, the latest last
};

} // namespace nms
