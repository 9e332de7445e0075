// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/jobs/tile_statements.h"
#include "ui/models/tile_facts.h"

#include <QWidget>

#include <vector>

class QGridLayout;
class QLabel;
class QVBoxLayout;

namespace nms {

class TileInspection;
class Workspace;

/// Figures of the selected tile, plan and mask beside each other, and below them the reasons in sentences: sums, undecided
/// entries, what binds, the certificate written out.
class TileWhyPage : public QWidget
{
    Q_OBJECT
public:
    explicit TileWhyPage(Workspace &workspace, QWidget *parent = nullptr);

    void showTile(const FactTexts &texts);

private:
    void put(int row, int column, const FactText &fact);
    void showStatements();
    QLabel *nextLine();
    QString sumsText() const;

    TileInspection &m_inspection;
    QLabel *m_headline;
    QWidget *m_table;
    QGridLayout *m_grid;
    std::vector<QLabel *> m_figures;
    QVBoxLayout *m_text;
    std::vector<QLabel *> m_lines; // of sentences and headings, reused
    std::size_t m_used = 0;
    QLabel *m_sums;
};

} // namespace nms
