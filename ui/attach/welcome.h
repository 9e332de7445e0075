// SPDX-License-Identifier: Apache-2.0
// What a process says of itself and its tensors when a window attaches, and what it says of its training; checked.
#pragma once

#include "core/io/attached_tensors.h"
#include "core/methods/method.h"
#include "core/sparsity/nm_pattern.h"

#include <QJsonObject>
#include <QString>

#include <cstddef>
#include <optional>
#include <vector>

namespace nms {

struct Welcome {
    static constexpr int version = 1; // of the protocol

    QString title; // printable, without slashes
    std::string format; // of core/io/memory_source.h
    std::vector<AttachedTensor> tensors;
    std::vector<std::size_t> masked; // tensors that have masks, in the order of TrainingRefresh::flips
    std::optional<NmPattern> pattern;
    std::optional<Method> method;

    /// Input error if the process speaks another version, or the list of its tensors makes no sense.
    static Result<Welcome> parse(const QJsonObject &header);
};

/// The masks were solved anew.
struct TrainingRefresh {
    int step = 0;
    std::vector<float> flips; // of each of Welcome::masked: share of the mask's entries that changed, in [0, 1]
};

struct TrainingNews {
    int step = 0;
    bool isEnded = false;
    std::vector<TrainingRefresh> refreshes;
    struct Mask {
        std::size_t tensor = 0;
        int step = 0;
    };
    std::optional<Mask> mask; // whose bits are the payload

    /// Input error if a step, a share or a tensor is impossible.
    static Result<TrainingNews> parse(const QJsonObject &header, const Welcome &welcome);
};

/// What another process wrote, to be shown: one line of printable characters, at most `most`.
QString printable(const QString &text, qsizetype most);

} // namespace nms
