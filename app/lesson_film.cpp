// SPDX-License-Identifier: Apache-2.0
#include "app/lesson_film.h"

#include "app/cli/film_file.h"
#include "app/window_picture.h"
#include "ui/models/lesson_player.h"
#include "ui/widgets/lesson_mode.h"
#include "ui/widgets/main_window.h"

#include <QImage>
#include <QRegularExpression>

#include <algorithm>

namespace nms {

static constexpr int pollMilliseconds = 50;
static constexpr int settleMilliseconds = 1000; // for charts and the first frames after a change
static constexpr int framesPerSecond = 1;

LessonFilm::LessonFilm(MainWindow &window, QObject *parent)
    : QObject(parent), m_window(window), m_player(window.lessons().player())
{
    m_timer.setInterval(pollMilliseconds);
    connect(&m_timer, &QTimer::timeout, this, &LessonFilm::advance);
}

LessonFilm::~LessonFilm() = default;

int LessonFilm::secondsFor(qsizetype words)
{
    constexpr int shortest = 4, longest = 40, wordsPerSecond = 4;
    return int(std::clamp<qsizetype>(words / wordsPerSecond, shortest, longest));
}

void LessonFilm::start(const std::string &target)
{
    if (!m_player.lesson()) {
        end(fail(ErrorKind::Usage, target, "no lesson is open", "name one with --lesson"));
        return;
    }
    auto film = cli::createFilm(target, m_player.lesson()->file, framesPerSecond);
    if (!film) {
        end(fail(film.error()));
        return;
    }
    m_film = std::move(*film);
    m_holdsPictures = !QString::fromStdString(target).endsWith(QLatin1String(".png"));
    m_still.start();
    m_timer.start();
}

void LessonFilm::advance()
{
    if (m_player.isBusy())
        m_still.restart();
    if (m_still.elapsed() < settleMilliseconds)
        return;
    if (const Status added = addPicture(); !added) {
        end(added);
        return;
    }
    m_still.restart();
    if (giveRightAnswer())
        return;
    if (m_player.step() + 1 < m_player.stepCount())
        m_player.next();
    else
        end(m_film->commit({}));
}

Status LessonFilm::addPicture()
{
    const QImage picture = pictureOnScreen(m_window).toImage();
    if (picture.isNull())
        return fail(ErrorKind::Device, m_player.lesson()->file, "the picture could not be taken from this screen");
    const auto &answer = m_player.answer();
    const QString read = QString::fromStdString(answer ? answer->feedback : m_player.lesson()->steps[m_player.step()].text);
    const int frames =
        m_holdsPictures ? framesPerSecond * secondsFor(read.count(QRegularExpression(QStringLiteral("\\s+")))) : 1;
    for (int k = 0; k < frames; ++k)
        if (const Status added = m_film->add(picture); !added)
            return added;
    return {};
}

bool LessonFilm::giveRightAnswer()
{
    const lesson::Question *question = m_player.question();
    if (!question || m_player.answer())
        return false;
    if (question->answer)
        m_player.giveNumber(QString::fromStdString(m_player.lesson()->figures[*question->answer].printed));
    else
        m_player.choose(
            std::size_t(std::ranges::find_if(question->choices, &lesson::Choice::isRight) - question->choices.begin()));
    return m_player.answer().has_value();
}

void LessonFilm::end(Status result)
{
    m_timer.stop();
    m_film.reset();
    m_result = std::move(result);
}

} // namespace nms
