// SPDX-License-Identifier: Apache-2.0
// A film that is written frame by frame.
#pragma once

#include "core/base/result.h"

#include <stop_token>

class QImage;

namespace nms::cli {

/// Call order: add…, commit. Nothing is at the target before commit(), and nothing remains of an unfinished film. One thread
/// at a time.
class Film
{
public:
    virtual ~Film() = default;

    /// All frames have the same size.
    virtual Status add(const QImage &frame) = 0;
    virtual Status commit(const std::stop_token &stop) = 0;
};

} // namespace nms::cli
