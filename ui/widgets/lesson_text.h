// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lesson/lesson.h"

#include <QTextBrowser>

namespace nms {

/// A piece of a lesson's Markdown, with its formulas drawn. Links are not followed, and nothing is loaded but images in the
/// folder of the lesson.
class LessonText : public QTextBrowser
{
    Q_OBJECT
public:
    enum class Height { Scrolls, FitsText };
    explicit LessonText(Height height, QWidget *parent = nullptr);

    void setText(const lesson::Lesson &lesson, const lesson::Markdown &text); // copies what it needs
    void setScale(double scale); // of the letters, relative to the window's

    QSize sizeHint() const override;
    QVariant loadResource(int type, const QUrl &name) override;

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void render();
    void spaceParagraphs();
    void drawFormulas();
    void styleTables();
    void fitHeight();

    const Height m_height;
    double m_scale = 1;
    QString m_markdown;
    QString m_folder;
    QStringList m_images;
    std::vector<lesson::Formula> m_formulas;
    bool m_isRendering = false;
};

} // namespace nms
