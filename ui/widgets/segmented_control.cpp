// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/segmented_control.h"

#include "ui/widgets/theme.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QToolButton>

namespace nms {

SegmentedControl::SegmentedControl(const QStringList &labels, QWidget *parent)
    : QFrame(parent), m_group(new QButtonGroup(this))
{
    setObjectName(QStringLiteral("segments"));
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(2, 2, 2, 2);
    layout->setSpacing(2);
    for (const QString &label : labels) {
        auto *button = new QToolButton(this);
        button->setText(label);
        button->setCheckable(true);
        button->setFixedHeight(scaled(24));
        button->setFocusPolicy(Qt::TabFocus);
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        m_group->addButton(button, int(m_group->buttons().size()));
        layout->addWidget(button);
    }
    connect(m_group, &QButtonGroup::idClicked, this, &SegmentedControl::activated);
}

void SegmentedControl::setCurrent(int index)
{
    if (QAbstractButton *button = m_group->button(index)) {
        button->setChecked(true);
    } else if (QAbstractButton *checked = m_group->checkedButton()) {
        m_group->setExclusive(false); // an exclusive group cannot be without a checked button
        checked->setChecked(false);
        m_group->setExclusive(true);
    }
}

void SegmentedControl::setToolTipOf(int index, const QString &text)
{
    if (QAbstractButton *button = m_group->button(index))
        button->setToolTip(text);
}

} // namespace nms
