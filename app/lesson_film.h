// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>
#include <string>

namespace nms {

class LessonPlayer;
class MainWindow;

namespace cli {
class Film;
}

/// Films the open lesson: each step as long as it takes to read it, each question first as it is asked and then with its
/// right answer. In a film of numbered pictures each of these is one picture. GUI thread.
class LessonFilm : public QObject
{
    Q_OBJECT
public:
    explicit LessonFilm(MainWindow &window, QObject *parent = nullptr);
    ~LessonFilm() override;

    void start(const std::string &target); // the name as cli::createFilm() takes it
    /// Set when the film is there, or cannot be made.
    const std::optional<Status> &result() const { return m_result; }

    /// How long somebody reads a text of so many words.
    static int secondsFor(qsizetype words);

private:
    void advance();
    Status addPicture();
    bool giveRightAnswer(); // false if it has been given, or there is no question
    void end(Status result);

    MainWindow &m_window;
    LessonPlayer &m_player;
    std::unique_ptr<cli::Film> m_film;
    bool m_holdsPictures = true; // for as long as they are read
    std::optional<Status> m_result;
    QElapsedTimer m_still; // since the window last changed
    QTimer m_timer;
};

} // namespace nms
