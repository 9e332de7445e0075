// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/wrapped_label.h"

#include <QEvent>

#include <algorithm>

namespace nms {

WrappedLabel::WrappedLabel(QWidget *parent) : QLabel(parent)
{
    setWordWrap(true);
}

/// Of the font, or of the style.
void WrappedLabel::changeEvent(QEvent *event)
{
    m_sizes.clear();
    QLabel::changeEvent(event);
}

QSize WrappedLabel::sizeHint() const
{
    constexpr int letters = 40;
    const int width = letters * fontMetrics().averageCharWidth();
    return {width, heightForWidth(width)};
}

QSize WrappedLabel::minimumSizeHint() const
{
    constexpr int letters = 16; // a long word, so that none is cut off
    return {letters * fontMetrics().averageCharWidth(), fontMetrics().height()};
}

int WrappedLabel::heightForWidth(int width) const
{
    constexpr std::size_t mostWidths = 8; // while a window is resized there are always new ones
    if (m_text != text()) { // QLabel tells nobody
        m_text = text();
        m_sizes.clear();
    }
    const auto known = std::find_if(m_sizes.begin(), m_sizes.end(), [width](QSize size) { return size.width() == width; });
    if (known != m_sizes.end())
        return known->height();
    if (m_sizes.size() == mostWidths)
        m_sizes.erase(m_sizes.begin());
    m_sizes.emplace_back(width, QLabel::heightForWidth(width));
    return m_sizes.back().height();
}

} // namespace nms
