// SPDX-License-Identifier: Apache-2.0
// Names of values in session files. Private to session_write.cpp and session_read.cpp.
#pragma once

#include "core/view/matrix_view.h"
#include "core/view/tile_figure.h"
#include "ui/models/json_place.h"
#include "ui/models/kept_run.h"

#include <utility>
#include <vector>

namespace nms::session {

inline const QString formatName = QStringLiteral("nmscope session");

inline QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

/// A closed set of values and their names in the file.
template <class Value> struct Names {
    std::vector<std::pair<Value, QString>> all;

    QString of(Value value) const
    {
        for (const auto &[known, name] : all)
            if (known == value)
                return name;
        return {};
    }
    /// A value that is not there is `otherwise`.
    Value read(const JsonPlace &place, Value otherwise) const
    {
        const QString wanted = place.text(of(otherwise));
        for (const auto &[value, name] : all)
            if (name == wanted)
                return value;
        place.fail(QStringLiteral("is not known: \"%1\"").arg(wanted.left(80)));
        return otherwise;
    }
};

inline const Names<Method> &methodNames()
{
    static const Names<Method> names = [] {
        Names<Method> result;
        for (const Method method : allMethods())
            result.all.emplace_back(method, text(nameOf(method)));
        return result;
    }();
    return names;
}

inline const Names<MatrixView> &viewNames()
{
    static const Names<MatrixView> names{{{MatrixView::Weights, QStringLiteral("weights")},
                                          {MatrixView::Score, QStringLiteral("score")},
                                          {MatrixView::Plan, QStringLiteral("plan")},
                                          {MatrixView::Mask, QStringLiteral("mask")},
                                          {MatrixView::Error, QStringLiteral("error")}}};
    return names;
}

inline const Names<TileFigure> &figureNames()
{
    static const Names<TileFigure> names = [] {
        Names<TileFigure> result;
        for (const TileFigure figure : allTileFigures)
            result.all.emplace_back(figure, QString::fromLatin1(nameOf(figure)));
        return result;
    }();
    return names;
}

inline const Names<jobs::ScoreChoice::Kind> &scoreKinds()
{
    using Kind = jobs::ScoreChoice::Kind;
    static const Names<Kind> names{{{Kind::Rule, QStringLiteral("rule")},
                                    {Kind::Wanda, QStringLiteral("wanda")},
                                    {Kind::File, QStringLiteral("file")}}};
    return names;
}

inline const Names<VerdictLevel> &levelNames()
{
    static const Names<VerdictLevel> names{{{VerdictLevel::Neutral, QStringLiteral("neutral")},
                                            {VerdictLevel::Good, QStringLiteral("good")},
                                            {VerdictLevel::Warning, QStringLiteral("warning")},
                                            {VerdictLevel::Bad, QStringLiteral("bad")}}};
    return names;
}

} // namespace nms::session
