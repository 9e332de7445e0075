// SPDX-License-Identifier: Apache-2.0
// Every lesson in the real window: each step, each question answered wrong and right, and the student's own changes.
#include "tests/ui/window_support.h"

#include "app/lesson_film.h"
#include "core/lesson/lesson_reader.h"
#include "ui/models/format.h"
#include "ui/models/prune_run.h"
#include "ui/models/sandbox.h"
#include "ui/widgets/formula_picture.h"
#include "ui/widgets/lesson_dock.h"
#include "ui/widgets/lesson_mode.h"
#include "ui/widgets/lesson_text.h"
#include "ui/widgets/point_frame.h"
#include "ui/widgets/presentation.h"
#include "ui/widgets/tile_board.h"

#include <QDir>
#include <QFile>
#include <QRadioButton>
#include <QRegularExpression>
#include <QSlider>
#include <QStatusBar>
#include <QTemporaryDir>

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nms {
namespace {

using lesson::State;
using View = lesson::State::View;

QStringList lessonNames()
{
    QStringList files;
    const QDir folder(QStringLiteral(NMS_SOURCE_DIR "/assets/lessons"));
    for (const QString &name : folder.entryList({QStringLiteral("*.md")}, QDir::Files, QDir::Name))
        if (name != QLatin1String("README.md"))
            files << folder.filePath(name);
    return files;
}

class LessonWindow : public testing::Test
{
protected:
    LessonWindow()
    {
        test.window.setLessons(
            lessonNames(),
            {NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5", NMS_SOURCE_DIR "/assets/samples/minilm-layer0-hessian.h5"});
        QObject::connect(&test.workspace, &Workspace::message, &test.window,
                         [this](MessageLevel level, const QString &text) {
                             if (level == MessageLevel::Error)
                                 errors << text;
                         });
        EXPECT_TRUE(test.waitFor([this] { return test.window.isActiveWindow(); }));
    }

    LessonPlayer &player() { return test.window.lessons().player(); }
    LessonDock &dock() { return test.window.lessons().dock(); }
    LessonText *text() { return dock().findChild<LessonText *>(QStringLiteral("lessonText")); }
    TileBoard *board() { return test.child<TileBoard>(QStringLiteral("tileBoard")); }
    bool settle()
    {
        QCoreApplication::processEvents(); // layouts
        return test.waitFor([this] { return !player().isBusy(); });
    }
    void open(const QString &name)
    {
        const Status opened = test.window.openLesson(name);
        ASSERT_TRUE(opened) << opened.error().line();
        ASSERT_TRUE(settle());
    }

    void checkTile();
    void checkLayer();
    void checkText();
    void answerQuestion();

    test::WindowUnderTest test;
    QStringList errors;
};

/// What the board shows against a solve of its own.
void LessonWindow::checkTile()
{
    ASSERT_TRUE(board()->isVisible());
    const lesson::Case *which = player().lesson()->find(player().state().caseName);
    const auto &tile = std::get<lesson::TileCase>(which->what);
    const auto history = solveTile(tile.problem, tile.options);
    ASSERT_TRUE(history);
    const TileIterate &wanted = lesson::iterateAt(*history, player().state().iteration);
    ASSERT_TRUE(player().iterate());
    EXPECT_EQ(player().iterate()->iteration, wanted.iteration);
    for (int i = 0; i < tile.problem.rows(); ++i)
        for (int j = 0; j < tile.problem.cols(); ++j) {
            ASSERT_EQ(player().iterate()->plan(i, j), wanted.plan(i, j));
            const double shown = board()->numberAt(i, j).replace(QChar(0x2212), QLatin1Char('-')).toDouble();
            const View view = player().state().view.value_or(View::Scores);
            const double value = view == View::Plan ? wanted.plan(i, j)
                : view == View::Reduced
                ? tile.problem.scores(i, j) - wanted.alpha[std::size_t(i)] - wanted.beta[std::size_t(j)]
                : tile.problem.scores(i, j);
            EXPECT_NEAR(shown, value, std::max(0.0051, 0.006 * std::abs(value))) << i << ' ' << j;
        }
    for (const State::Cell &cell : player().state().cells)
        EXPECT_TRUE(board()->rect().contains(board()->cellRect(cell.row, cell.col).center().toPoint()));
}

void LessonWindow::checkLayer()
{
    EXPECT_FALSE(board()->isVisible());
    const lesson::Case *which = player().lesson()->find(player().state().caseName);
    const auto &layer = std::get<lesson::LayerCase>(which->what);
    ASSERT_TRUE(test.workspace.tensor());
    EXPECT_EQ(test.workspace.tensor()->info.path, layer.tensor);
    EXPECT_EQ(test.workspace.options().pattern, layer.options.pattern);
    if (layer.prune) {
        EXPECT_TRUE(test.workspace.showsPruning());
        EXPECT_EQ(test.workspace.pruneOptions().framework, *layer.prune);
        EXPECT_EQ(test.workspace.pruneOptions().kind, layer.kind);
        EXPECT_EQ(test.workspace.pruning().view().status.state, SessionState::Finished);
        return;
    }
    EXPECT_EQ(test.workspace.shownOptions().method, layer.options.method);
    EXPECT_EQ(test.workspace.shownOptions().tau, layer.options.tau);
    if (player().state().iteration) {
        EXPECT_TRUE(test.waitFor([&] {
            const auto snapshot = test.workspace.shownSnapshot();
            return snapshot && snapshot->iteration == *player().state().iteration;
        }));
    } else {
        EXPECT_TRUE(test.workspace.solution())
            << int(test.workspace.sessionStatus().state) << ' ' << test.workspace.sessionStatus().iteration;
    }
    if (player().state().tile) {
        EXPECT_TRUE(test.waitFor([&] { return test.workspace.selectedTile() == player().state().tile; }));
    }
    EXPECT_FALSE(player().isChanged());
}

void LessonWindow::checkText()
{
    const QString plain = text()->toPlainText();
    EXPECT_FALSE(plain.trimmed().isEmpty());
    EXPECT_FALSE(plain.contains(QLatin1Char('$'))) << plain.toStdString();
    EXPECT_FALSE(plain.contains(QLatin1String("{{"))) << plain.toStdString();
    EXPECT_FALSE(plain.contains(QLatin1String("**"))) << plain.toStdString();
    static const QRegularExpression reference(QStringLiteral("formula:(\\d+)"));
    const QString source = QString::fromStdString(player().lesson()->steps[player().step()].text);
    const qsizetype wanted = source.count(reference);
    EXPECT_EQ(plain.count(QChar::ObjectReplacementCharacter), wanted) << "every formula is a picture";
    for (auto match = reference.globalMatch(source); match.hasNext();) {
        const QUrl name(QStringLiteral("formula:") + match.next().captured(1));
        const auto picture = text()->document()->resource(QTextDocument::ImageResource, name).value<QImage>();
        ASSERT_FALSE(picture.isNull());
        EXPECT_LE(picture.deviceIndependentSize().width(), text()->viewport()->width())
            << "formula " << name.toString().toStdString() << " in " << source.toStdString();
    }
    for (const std::string &name : player().state().point)
        EXPECT_TRUE(test.child<QWidget>(QString::fromStdString(name))) << name;
    if (!player().state().panel.empty()) {
        static const QStringList pages{QStringLiteral("why"), QStringLiteral("steps"), QStringLiteral("try"),
                                       QStringLiteral("chart"), QStringLiteral("price")};
        const QString panel = QString::fromStdString(player().state().panel);
        EXPECT_TRUE(pages.contains(panel) || test.child<QDockWidget>(panel)) << panel.toStdString();
    }
}

/// Each wrong choice, or a wrong number; then the right one.
void LessonWindow::answerQuestion()
{
    const lesson::Question *question = player().question();
    if (!question)
        return;
    const auto feedback = [this] {
        auto *frame = test.child<QFrame>(QStringLiteral("lessonFeedback"));
        return frame->isVisibleTo(&test.window)
            ? frame->property("verdict").toString() + QLatin1Char(' ') + frame->findChild<LessonText *>()->toPlainText()
            : QString();
    };
    EXPECT_EQ(feedback(), QString()) << "nothing is told before";
    if (!question->choices.empty()) {
        for (const bool isRight : {false, true})
            for (std::size_t k = 0; k < question->choices.size(); ++k) {
                if (question->choices[k].isRight != isRight)
                    continue;
                auto *button = test.child<QRadioButton>(QStringLiteral("lessonChoice%1").arg(k + 1));
                ASSERT_TRUE(button);
                QTest::mouseClick(button, Qt::LeftButton, {}, {8, button->height() / 2});
                ASSERT_TRUE(button->isChecked());
                EXPECT_TRUE(feedback().startsWith(isRight ? QStringLiteral("right ") : QStringLiteral("wrong ")))
                    << feedback().toStdString();
                EXPECT_GT(feedback().size(), 8);
            }
    } else {
        auto *number = test.child<QLineEdit>(QStringLiteral("lessonNumber"));
        ASSERT_TRUE(number);
        const lesson::Figure &right = player().lesson()->figures[*question->answer];
        const auto give = [&](const QString &typed) {
            number->setFocus();
            number->selectAll();
            QTest::keyClicks(number, typed);
            QTest::keyClick(number, Qt::Key_Return);
        };
        give(QString::number(right.value() + 2 * question->tolerance + 1));
        EXPECT_TRUE(feedback().startsWith(QStringLiteral("wrong "))) << feedback().toStdString();
        give(QStringLiteral("much"));
        EXPECT_TRUE(feedback().startsWith(QStringLiteral("wrong "))) << "what is no number is not judged";
        give(QString::fromStdString(right.printed).replace(QLatin1Char('.'), QLatin1Char(',')));
        EXPECT_TRUE(feedback().startsWith(QStringLiteral("right "))) << feedback().toStdString();
    }
    EXPECT_TRUE(player().answer()->isRight);
}

class EveryLesson : public LessonWindow, public testing::WithParamInterface<QString>
{ };

TEST_P(EveryLesson, RunsThroughWithEachQuestionAnsweredWrongAndRight)
{
    open(GetParam());
    ASSERT_TRUE(player().lesson());
    for (std::size_t step = 0; step < player().stepCount(); ++step) {
        SCOPED_TRACE(testing::Message() << "step " << step + 1);
        ASSERT_EQ(player().step(), step);
        ASSERT_TRUE(settle());
        checkText();
        if (!player().state().caseName.empty())
            player().tile() ? checkTile() : checkLayer();
        answerQuestion();
        if (testing::Test::HasFatalFailure())
            return;
        test.window.setFocus();
        test.press(Qt::Key_Right, Qt::AltModifier);
    }
    EXPECT_EQ(player().rightAnswers(), player().questions());
    for (std::size_t step = player().stepCount(); step-- > 1;) {
        ASSERT_EQ(player().step(), step);
        test.press(Qt::Key_Left, Qt::AltModifier);
    }
    ASSERT_EQ(player().step(), 0U);
    ASSERT_TRUE(settle());
    EXPECT_TRUE(errors.isEmpty()) << errors.join(QLatin1Char('\n')).toStdString();
}

INSTANTIATE_TEST_SUITE_P(All, EveryLesson, testing::ValuesIn(lessonNames()), [](const auto &each) {
    return "L" + QFileInfo(each.param).completeBaseName().replace(QLatin1Char('-'), QLatin1Char('_')).toStdString();
});

TEST_F(LessonWindow, OwnChangesToATileAreUndoneByOneKey)
{
    open(QStringLiteral("4"));
    ASSERT_TRUE(player().tile());
    const LessonTile before = *player().tile();
    auto *restore = test.child<QPushButton>(QStringLiteral("lessonRestore"));
    EXPECT_FALSE(restore->isVisible());
    QTest::mouseDClick(board(), Qt::LeftButton, {}, board()->cellRect(1, 2).center().toPoint());
    auto *editor = test.child<QLineEdit>(QStringLiteral("tileBoardEditor"));
    ASSERT_TRUE(editor);
    editor->selectAll();
    QTest::keyClicks(editor, QStringLiteral("8,5"));
    QTest::keyClick(editor, Qt::Key_Return);
    EXPECT_EQ(player().tile()->problem.scores(1, 2), 8.5);
    EXPECT_TRUE(player().isChanged());
    EXPECT_TRUE(restore->isVisible());
    ASSERT_TRUE(test.choose(QStringLiteral("lessonMethod"), QStringLiteral("Sinkhorn (no caps)")));
    EXPECT_EQ(player().tile()->options.method, "sinkhorn");
    test.child<QSlider>(QStringLiteral("lessonTau"))->setValue(30);
    EXPECT_NE(player().tile()->options.tau, before.options.tau);
    test.child<QSlider>(QStringLiteral("lessonIteration"))->setValue(2);
    EXPECT_EQ(player().iterate(), &player().history()->iterates[2]);
    test.window.setFocus();
    test.press(Qt::Key_F5);
    EXPECT_EQ(*player().tile(), before);
    EXPECT_FALSE(player().isChanged());
    EXPECT_FALSE(restore->isVisible());
}

TEST_F(LessonWindow, TheTileIsEditedByKeyboardAlone)
{
    open(QStringLiteral("2"));
    board()->setFocus();
    QTest::keyClick(board(), Qt::Key_Down);
    QTest::keyClick(board(), Qt::Key_Right);
    QTest::keyClick(board(), Qt::Key_Right);
    QTest::keyClick(board(), Qt::Key_Return);
    auto *editor = test.child<QLineEdit>(QStringLiteral("tileBoardEditor"));
    ASSERT_TRUE(editor);
    QTest::keyClicks(editor, QStringLiteral("3"));
    QTest::keyClick(editor, Qt::Key_Return);
    EXPECT_EQ(player().tile()->problem.scores(1, 2), 3);
    EXPECT_TRUE(board()->hasFocus());
}

TEST_F(LessonWindow, OwnChangesToTheLayerAreUndoneByOneKey)
{
    open(QStringLiteral("4"));
    std::size_t step = 0;
    while (!std::holds_alternative<lesson::LayerCase>(
        player().lesson()->find(player().lesson()->stateAt(step)->caseName)->what))
        ++step;
    player().setStep(step);
    ASSERT_TRUE(settle());
    ASSERT_FALSE(player().isChanged());
    SolveOptions options = test.workspace.options();
    options.tau = 17;
    test.workspace.setOptions(options);
    test.workspace.run();
    EXPECT_TRUE(player().isChanged());
    test.window.setFocus();
    test.press(Qt::Key_F5);
    ASSERT_TRUE(settle());
    checkLayer();
}

TEST_F(LessonWindow, TheTileGoesOnInTheSandbox)
{
    open(QStringLiteral("4"));
    player().setStep(3);
    ASSERT_FALSE(test.window.shownSandbox());
    QTest::mouseClick(test.child<QPushButton>(QStringLiteral("lessonSandbox")), Qt::LeftButton);
    ASSERT_TRUE(test.window.shownSandbox());
    const Sandbox &sandbox = Sandbox::of(test.workspace);
    EXPECT_EQ(sandbox.tile(), player().tile()->problem);
    EXPECT_EQ(sandbox.options(), player().tile()->options);
    player().setStep(player().stepCount() - 2);
    EXPECT_FALSE(test.window.shownSandbox()) << "the step is about the layer";
    ASSERT_TRUE(settle());
}

TEST_F(LessonWindow, AStepIsReachedFromTheList)
{
    open(QStringLiteral("3"));
    auto *steps = test.child<QComboBox>(QStringLiteral("lessonSteps"));
    ASSERT_EQ(std::size_t(steps->count()), player().stepCount());
    ASSERT_TRUE(test.choose(QStringLiteral("lessonSteps"), steps->itemText(6)));
    EXPECT_EQ(player().step(), 6U);
}

TEST_F(LessonWindow, TheKeysOfALessonDoNothingWithoutOne)
{
    test.press(Qt::Key_Right, Qt::AltModifier);
    test.press(Qt::Key_F5);
    EXPECT_FALSE(player().lesson());
    EXPECT_FALSE(dock().isVisible());
    open(QStringLiteral("1"));
    EXPECT_TRUE(dock().isVisible());
    test.window.lessons().close();
    EXPECT_FALSE(dock().isVisible());
    test.press(Qt::Key_Right, Qt::AltModifier);
    EXPECT_FALSE(player().lesson());
}

TEST_F(LessonWindow, AnUnknownLessonIsAnErrorAndTheOpenOneStays)
{
    open(QStringLiteral("1"));
    EXPECT_EQ(test.window.openLesson(QStringLiteral("nothing")).error().kind, ErrorKind::Usage);
    QTemporaryDir folder;
    const QString name = folder.filePath(QStringLiteral("bad.md"));
    QFile file(name);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("---\ntitle: x\n");
    file.close();
    const Status opened = test.window.openLesson(name);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().where, testing::HasSubstr("bad.md:1"));
    EXPECT_EQ(player().lesson()->order, 1);
}

/// Every step once, and a question also with its right answer; the pictures show different things.
TEST_F(LessonWindow, AFilmHasAPictureForEachStepAndAnswer)
{
    QTemporaryDir folder;
    const QString name = folder.filePath(QStringLiteral("l.md"));
    QFile file(name);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("---\ntitle: T\nsummary: S\n---\n## One\n\nText.\n\n```case a\ntile:\n  9 1\n  1 2\npattern: 1:2\nmethod: "
               "exact\n```\n\n```state\ncase: a\nview: scores\n```\n\n## Two\n\nMore text.\n\n```state\ncase: a\nview: "
               "mask\n```\n\n```question\nWhat is kept?\nanswer: {{11 | a.objective}}\nright: Yes.\nwrong: No.\n```\n");
    file.close();
    open(name);
    LessonFilm film(test.window);
    film.start(folder.filePath(QStringLiteral("p%d.png")).toStdString());
    ASSERT_TRUE(test.waitFor([&] { return film.result().has_value(); }));
    ASSERT_TRUE(*film.result()) << film.result()->error().line();
    const QStringList names = QDir(folder.path()).entryList({QStringLiteral("*.png")}, QDir::Files, QDir::Name);
    ASSERT_EQ(names.size(), 3) << names.join(QLatin1Char(' ')).toStdString();
    std::vector<QImage> pictures;
    for (const QString &one : names) {
        const QImage picture(folder.filePath(one));
        EXPECT_EQ(picture.size(), test.window.size() * test.window.devicePixelRatio());
        for (const QImage &before : pictures)
            EXPECT_NE(picture, before);
        pictures.push_back(picture);
    }
    ASSERT_TRUE(player().answer());
    EXPECT_TRUE(player().answer()->isRight);
    EXPECT_EQ(LessonFilm::secondsFor(0), 4);
    EXPECT_EQ(LessonFilm::secondsFor(80), 20);

    LessonFilm without(test.window);
    player().close();
    without.start("x.gif");
    ASSERT_TRUE(without.result());
    EXPECT_FALSE(*without.result());
}

TEST_F(LessonWindow, NothingOutsideTheFolderOfTheLessonIsLoaded)
{
    QTemporaryDir folder;
    const QString name = folder.filePath(QStringLiteral("l.md"));
    QFile file(name);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("---\ntitle: T\nsummary: S\n---\n## S\n\n<img src=\"file:///etc/hostname\"> [link](https://example.org) "
               "![x](x.png)\n");
    file.close();
    QImage(8, 4, QImage::Format_RGB32).save(folder.filePath(QStringLiteral("x.png")));
    open(name);
    EXPECT_TRUE(text()->loadResource(QTextDocument::ImageResource, QUrl(QStringLiteral("file:///etc/hostname"))).isNull());
    EXPECT_TRUE(text()->loadResource(QTextDocument::ImageResource, QUrl(QStringLiteral("y.png"))).isNull());
    EXPECT_TRUE(text()->loadResource(QTextDocument::HtmlResource, QUrl(QStringLiteral("x.png"))).isNull());
    EXPECT_EQ(text()->loadResource(QTextDocument::ImageResource, QUrl(QStringLiteral("x.png"))).value<QImage>().size(),
              QSize(8, 4));
    EXPECT_FALSE(text()->openLinks());
    EXPECT_FALSE(text()->openExternalLinks());
}

TEST_F(LessonWindow, TheControlsThatAStepSpeaksOfGetAFrame)
{
    open(QStringLiteral("5"));
    std::size_t step = 0;
    while (player().lesson()->stateAt(step)->point.empty())
        ++step;
    player().setStep(step);
    ASSERT_TRUE(settle());
    const auto frames = test.window.findChildren<PointFrame *>();
    ASSERT_EQ(std::size_t(frames.size()), player().state().point.size());
    for (const std::string &name : player().state().point) {
        auto *target = test.child<QWidget>(QString::fromStdString(name));
        const QRect place(target->mapTo(&test.window, QPoint(0, 0)), target->size());
        EXPECT_TRUE(std::ranges::any_of(frames, [&](const PointFrame *frame) {
            return frame->isVisible() && frame->geometry().contains(place);
        })) << name;
    }
    player().setStep(0);
    EXPECT_TRUE(test.window.findChildren<PointFrame *>().isEmpty());
}

TEST_F(LessonWindow, F11GoesToTheFullScreenThenPresentsThenReturns)
{
    open(QStringLiteral("4"));
    using Mode = Presentation::Mode;
    const auto isShown = [this](const char *name) {
        return test.child<QWidget>(QString::fromLatin1(name))->isVisible();
    };
    ASSERT_TRUE(isShown("convergence"));
    const int size = text()->document()->defaultFont().pixelSize();
    test.window.setFocus();
    test.press(Qt::Key_F11);
    EXPECT_EQ(test.window.presentation().mode(), Mode::FullScreen);
    EXPECT_TRUE(isShown("convergence"));
    test.press(Qt::Key_F11);
    ASSERT_EQ(test.window.presentation().mode(), Mode::Presenting);
    EXPECT_FALSE(isShown("convergence"));
    EXPECT_FALSE(test.window.statusBar()->isVisible());
    EXPECT_TRUE(dock().isVisible());
    EXPECT_GE(text()->document()->defaultFont().pixelSize(), size * 3 / 2) << "large type";
    ASSERT_TRUE(QGuiApplication::overrideCursor());
    EXPECT_GE(QGuiApplication::overrideCursor()->pixmap().width(), 48) << "the pointer is seen";
    test.press(Qt::Key_PageDown); // as a remote control sends it
    EXPECT_EQ(player().step(), 1U);
    test.press(Qt::Key_PageUp);
    EXPECT_EQ(player().step(), 0U);
    test.press(Qt::Key_F11);
    EXPECT_EQ(test.window.presentation().mode(), Mode::Window);
    EXPECT_TRUE(isShown("convergence"));
    EXPECT_TRUE(test.window.statusBar()->isVisible());
    EXPECT_EQ(text()->document()->defaultFont().pixelSize(), size);
    EXPECT_FALSE(QGuiApplication::overrideCursor());
    test.press(Qt::Key_PageDown);
    EXPECT_EQ(player().step(), 0U) << "it scrolls again";
}

TEST_F(LessonWindow, PresentingShowsThePanelThatTheStepSpeaksOfAndNoOther)
{
    open(QStringLiteral("7"));
    const auto steps = [this](bool withPanel) {
        std::vector<std::size_t> found;
        for (std::size_t step = 0; step < player().stepCount(); ++step) {
            player().setStep(step);
            if (withPanel == (player().state().panel == "convergence"))
                found.push_back(step);
        }
        return found;
    };
    const auto with = steps(true), without = steps(false);
    ASSERT_FALSE(with.empty());
    ASSERT_FALSE(without.empty());
    const auto panels = [this] {
        QStringList names;
        for (const QDockWidget *panel : test.window.findChildren<QDockWidget *>())
            if (panel != &dock() && panel->isVisible())
                names << panel->objectName();
        return names;
    };
    player().setStep(with.front());
    test.window.presentation().setMode(Presentation::Mode::Presenting);
    EXPECT_EQ(panels(), QStringList{QStringLiteral("convergence")});
    player().setStep(without.front());
    EXPECT_EQ(panels(), QStringList());
    player().setStep(with.back());
    EXPECT_EQ(panels(), QStringList{QStringLiteral("convergence")});
    test.window.presentation().setMode(Presentation::Mode::Window);
    EXPECT_GT(panels().size(), 2);
}

TEST(FormulaPicture, PutsTheBaselineWhereTheTextHasIt)
{
    QFont font;
    font.setPixelSize(40);
    const auto formula = lesson::parseFormula("E");
    for (const qreal ratio : {1.0, 2.0}) {
        const QImage picture = drawFormula(*formula, {font, Qt::black, ratio, false});
        int last = 0; // the lowest row with ink
        for (int y = 0; y < picture.height(); ++y)
            for (int x = 0; x < picture.width(); ++x)
                if (qAlpha(picture.pixel(x, y)) > 128)
                    last = y;
        const double baseline = (picture.deviceIndependentSize().height() + QFontMetrics(font).xHeight() / 2.0) / 2;
        EXPECT_NEAR((last + 1) / ratio, baseline, 1.5);
    }
    const auto tall = lesson::parseFormula("\\frac{\\sum_{i}^{N} x_i}{y}");
    EXPECT_GT(drawFormula(*tall, {font, Qt::black, 1, true}).height(), 2 * 40);
    EXPECT_GT(drawFormula(*tall, {font, Qt::black, 1, true}).height(),
              drawFormula(*tall, {font, Qt::black, 1, false}).height());
}

} // namespace
} // namespace nms
