// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/window_options.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <functional>
#include <vector>

namespace nms {

class MainWindow;

/// Does what the options ask for, one thing after another, each once the one before has settled; at last the picture, after
/// which the program ends. Pictures are taken from the screen: a widget cannot see what Vulkan drew.
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
    };
    void addSteps();
    void prune();
    bool isPruned() const;
    void advance();
    void end(int status);
    void takePicture();

    MainWindow &m_window;
    Workspace &m_workspace;
    const WindowOptions m_options;
    std::vector<Step> m_steps;
    std::size_t m_step = 0;
    QElapsedTimer m_clock; // of the present step
    QTimer m_timer;
};

} // namespace nms
