// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/lesson_film.h"
#include "app/window_options.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <functional>
#include <vector>

namespace nms {

class MainWindow;

/// Performs the requested actions in order, each once the one before has settled; finally takes the picture and ends the
/// program. Pictures are taken from the screen, because a widget cannot read what Vulkan drew.
class WindowScript : public QObject
{
    Q_OBJECT
public:
    WindowScript(MainWindow &window, Workspace &workspace, WindowOptions options, QObject *parent = nullptr);
    void start();

private:
    struct Step {
        std::function<void()> begin;
        std::function<bool()> isDone;
        std::string what;
        int patience = 0; // milliseconds; 0: the usual
    };
    void addSteps();
    void solveTile(); // as the options say
    void prune();
    bool isPruned() const;
    void advance();
    void end(int status);
    void takePicture();

    MainWindow &m_window;
    Workspace &m_workspace;
    const WindowOptions m_options;
    LessonFilm m_film;
    std::vector<Step> m_steps;
    std::size_t m_step = 0;
    QElapsedTimer m_clock; // time since the current step began
    QTimer m_timer;
};

} // namespace nms
