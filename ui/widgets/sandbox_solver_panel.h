// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/sandbox.h"

#include <QWidget>

#include <array>

class QCheckBox;
class QComboBox;
class QLabel;
class QSlider;
class QSpinBox;

namespace nms {

/// How the tile of the sandbox is solved, and the figures of the iterate shown.
class SandboxSolverPanel : public QWidget
{
    Q_OBJECT
public:
    explicit SandboxSolverPanel(Sandbox &sandbox, QWidget *parent = nullptr);

private:
    enum Figure { Objective, Optimum, Gap, Bound, Rows, Columns, Excess, FigureCount };
    void addSettings(class QVBoxLayout *column);
    void addFigures(class QVBoxLayout *column);
    void apply();
    void showOptions();
    void showFigures();

    Sandbox &m_sandbox;
    QComboBox *m_method;
    QLabel *m_sentence;
    QSlider *m_tau;
    QLabel *m_tauValue;
    QSpinBox *m_iterations;
    QCheckBox *m_eachProjection;
    QLabel *m_state;
    std::array<QLabel *, FigureCount> m_figures{};
};

} // namespace nms
