// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/tile_lab.h"

#include <QWidget>

#include <array>

class QComboBox;
class QLabel;
class QSlider;

namespace nms {

class SegmentedControl;
class TilePicture;

/// The selected tile with other settings: sliders for τ, N and M, solved at every move, and the tile before and after beside
/// each other.
class TileLabPage : public QWidget
{
    Q_OBJECT
public:
    explicit TileLabPage(Workspace &workspace, QWidget *parent = nullptr);

    void setActive(bool isActive);

    // τ on the slider: 40 steps to a power of ten
    static double tauAt(int position);
    static int positionOf(double tau);

private:
    void apply();
    void refresh();
    void showFigures();

    Workspace &m_workspace;
    TileLab m_lab;
    QSlider *m_tau;
    QSlider *m_n;
    QSlider *m_m;
    QLabel *m_tauValue = nullptr;
    QLabel *m_nValue = nullptr;
    QLabel *m_mValue = nullptr;
    QComboBox *m_method;
    SegmentedControl *m_layers;
    bool m_showsPlan = false;
    TilePicture *m_before;
    TilePicture *m_after;
    QLabel *m_beforeName;
    QLabel *m_afterName;
    enum Figure { Kept, Share, Bound, Gap, Residual, Undecided, Differs, FigureCount };
    std::array<std::array<QLabel *, 3>, FigureCount> m_figures{};
};

} // namespace nms
