// SPDX-License-Identifier: Apache-2.0
// A lesson that is being followed: the step, what the window shows there, the student's own changes and answers.
#pragma once

#include "core/lesson/case_values.h"
#include "core/lesson/lesson.h"
#include "ui/models/background_task.h"
#include "ui/models/workspace.h"

#include <QObject>
#include <QString>

#include <memory>
#include <optional>
#include <vector>

namespace nms {

/// A small tile as it is shown, and as the student may have changed it.
struct LessonTile {
    TileProblem problem;
    SandboxOptions options;
    std::optional<int> iteration; // not set: the end
    lesson::State::View view = lesson::State::View::Scores;

    bool operator==(const LessonTile &) const = default;
};

/// Puts the layer of a step into the workspace, through the same commands as a user; the small tile is held here. GUI
/// thread.
class LessonPlayer : public QObject
{
    Q_OBJECT
public:
    explicit LessonPlayer(Workspace &workspace, QObject *parent = nullptr);
    void setSampleFiles(const lesson::SampleFiles &files) { m_files = files; } // before a lesson is opened

    // The lesson
    Status open(const QString &fileName, std::size_t step = 0); // errors as readLesson(); the open lesson then stays
    void close();
    const lesson::Lesson *lesson() const { return m_lesson.get(); } // null: none is open
    std::size_t step() const { return m_step; }
    std::size_t stepCount() const { return m_lesson ? m_lesson->steps.size() : 0; }
    void setStep(std::size_t step); // shows its state; ignored beyond the end
    void next() { setStep(m_step + 1); }
    void back();

    // What is shown
    const lesson::State &state() const { return m_state; } // of the step, as the lesson says
    const LessonTile *tile() const { return m_tile ? &*m_tile : nullptr; } // null: the step shows the layer, or nothing
    /// Of tile(); null while it is being solved, and where it cannot be solved.
    std::shared_ptr<const TileHistory> history() const { return m_history; }
    const std::optional<Error> &tileError() const { return m_tileError; } // why it cannot be solved
    const TileIterate *iterate() const; // of history() at tile()->iteration; null without one
    bool isBusy() const; // the layer is being read or solved, or the tile is

    // The student's own changes
    void setTile(const LessonTile &tile);
    void setIteration(std::optional<int> iteration);
    void setView(lesson::State::View view);
    bool isChanged() const; // the tile or the settings of the layer differ from the step's
    void restoreStep(); // undoes all of them

    // Questions
    struct Answer {
        std::optional<std::size_t> choice;
        QString number; // as typed
        bool isRight = false;
        lesson::Markdown feedback;
    };
    const lesson::Question *question() const; // of the step; null: none
    const std::optional<Answer> &answer() const; // to the question of the step, given last
    void choose(std::size_t choice);
    void giveNumber(const QString &text); // ignored unless it is a number; a decimal comma counts as a point
    std::size_t rightAnswers() const;
    std::size_t questions() const;

signals:
    void lessonChanged(); // another one, or none
    void stepChanged();
    void tileChanged(); // tile(), history()
    void answered();
    void busyChanged(); // isBusy(), or isChanged()
    void panelWanted(const QString &name); // the step speaks of this panel

private:
    void showState();
    void showTile(const lesson::TileCase &tile);
    void showLayer(const lesson::LayerCase &layer);
    void solveTile();
    void openFirstLayer();
    void continueLayer(); // the tensor is open
    void pruneLayer();
    bool hasArrived() const;
    void noteArrival();
    void take(Answer answer);
    RunSettings settingsFor(const lesson::LayerCase &layer) const;

    Workspace &m_workspace;
    lesson::SampleFiles m_files;
    std::unique_ptr<lesson::Lesson> m_lesson;
    std::size_t m_step = 0;
    lesson::State m_state;
    std::optional<LessonTile> m_tile;
    std::optional<LessonTile> m_tileOfStep;
    std::shared_ptr<const TileHistory> m_history;
    std::optional<Error> m_tileError;
    BackgroundTask m_solving;
    std::optional<lesson::LayerCase> m_layer; // of the step
    bool m_isWaitingForTensor = false;
    bool m_isWaitingForInputs = false; // of a layer that is to be pruned
    bool m_isWaitingForRun = false; // to be where the step shows it
    std::vector<std::optional<Answer>> m_answers; // of each step
};

} // namespace nms
