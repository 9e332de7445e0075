// SPDX-License-Identifier: Apache-2.0
// Masks, or pieces of them, that an interrupted solve has finished, or other processes of this one. Private to core/jobs.
#pragma once

#include "core/base/result.h"
#include "core/io/disk/atomic_file.h"
#include "core/jobs/parts_folder.h"
#include "core/jobs/tensor_pieces.h"
#include "core/solver/solve.h"

#include <functional>
#include <optional>
#include <stop_token>

namespace nms::jobs {

/// Masks in the folder `OUT.parts` (parts_folder.h), one bit a weight, whatever the format of OUT. remove() deletes it once
/// OUT is written. A piece whose files do not match is solved again. One thread at a time.
class FinishedMasks
{
public:
    /// Errors as PartsFolder::open(). `backend`: its id, since methods in floating point may differ between the CPU and
    /// devices. `score`: as in ScoreSource::open().
    static Result<FinishedMasks> open(const std::string &out, const TensorSource &weights, const SolveOptions &options,
                                      const std::string &score, const std::string &backend);

    /// None if the piece is not there, or its files are damaged.
    std::optional<StreamedSolution> find(const TensorInfo &tensor, const TensorPiece &piece) const;
    /// Calls take(row0, rows) for blocks of a mask that find() has found, from the top; rows count from the tensor's first.
    /// Io error; Cancelled.
    Status read(const TensorInfo &tensor, const TensorPiece &piece, const std::stop_token &stop,
                const std::function<Status(std::int64_t row0, const Mask &rows)> &take);

    // Saves a mask as it is solved: begin, append the rows from the top, finish. Without finish() nothing is kept of it.
    Status begin(const TensorInfo &tensor, const TensorPiece &piece);
    Status append(const Mask &rows);
    Status finish(const TensorInfo &tensor, const TensorPiece &piece, const StreamedSolution &solution);

    int reused() const { return m_reused; } // number of pieces read
    void remove() const { m_folder.remove(); }

private:
    explicit FinishedMasks(PartsFolder folder) : m_folder(std::move(folder)) { }

    PartsFolder m_folder;
    std::optional<AtomicFile> m_data; // of the piece that is being saved
    int m_reused = 0;
};

} // namespace nms::jobs
