// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/wrapped_label.h"

#include <QScrollArea>
#include <QVBoxLayout>

#include <gtest/gtest.h>

using namespace nms;

namespace {

const QString sentence = QStringLiteral("Row 3 keeps 9 of 8 entries, so the plan is not yet a mask: another iteration of "
                                        "Dykstra's algorithm takes the excess away from the row.");

int heightOf(const QLabel &like, int width)
{
    QLabel label;
    label.setWordWrap(true);
    label.setFont(like.font());
    label.setText(like.text());
    return label.heightForWidth(width);
}

TEST(WrappedLabel, IsAsHighAsALabelWhateverIsChanged)
{
    WrappedLabel label;
    const auto check = [&](const char *what) {
        for (int pass = 0; pass < 2; ++pass) // made, then remembered
            for (int width = 120; width < 600; width += 37)
                EXPECT_EQ(label.heightForWidth(width), heightOf(label, width)) << what << ", " << width;
    };
    check("no text");
    label.setText(sentence);
    check("a text");
    label.setText(sentence + sentence);
    check("a longer one");
    QFont large = label.font();
    large.setPixelSize(31);
    label.setFont(large);
    check("a larger font");
    label.setText(QStringLiteral("short"));
    check("a short text");
}

TEST(WrappedLabel, AColumnOfThemShowsEveryLine)
{
    QScrollArea area;
    auto *content = new QWidget;
    auto *column = new QVBoxLayout(content);
    std::vector<WrappedLabel *> labels;
    for (int i = 0; i < 12; ++i) {
        labels.push_back(new WrappedLabel(content));
        labels.back()->setText(sentence.left(30 + 9 * i));
        column->addWidget(labels.back());
    }
    column->addStretch();
    area.setWidgetResizable(true);
    area.setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area.setWidget(content);
    for (const QSize size : {QSize(260, 300), QSize(420, 900), QSize(240, 120)}) {
        area.resize(size);
        area.show();
        QCoreApplication::processEvents();
        EXPECT_LE(content->width(), area.viewport()->width());
        for (const WrappedLabel *label : labels)
            EXPECT_EQ(label->height(), heightOf(*label, label->width()));
    }
}

} // namespace
