// SPDX-License-Identifier: Apache-2.0
// Writes masks (or masked weights) tensor by tensor, row panel by row panel.
#pragma once

#include "core/io/disk/file_hash.h"
#include "core/io/mask_facts.h"
#include "core/io/weights_copy.h"
#include "core/sparsity/mask.h"
#include "core/sparsity/mask_counter.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace nms {

/// Everything goes to a temporary file beside the target, which commit() syncs and renames: whatever happens, the target is
/// the old file or the whole new one. The format follows the target's ending: .safetensors, or .h5/.hdf5/.hdf.
///
/// Facts are written as HDF5 attributes of the dataset (n, m, method, tau, iterations, objective, upper_bound, relative_gap,
/// transposable, source, nmscope_version, format, axes of what is no stack's single matrix,
/// tolerance, warm_start, score and rounding where given, and shape where packed), or as one JSON object for each mask in
/// the
/// __metadata__ of a .safetensors file, under the mask's own name.
///
/// A mask takes one bit of memory a weight until its tensor ends where it cannot be written as it comes: Applied, and Bytes
/// of tensors whose matrices lie between one another (Stack::isFileOrder).
///
/// One thread at a time. Call order: (beginTensor, writeRows…, finishTensor)…, commit. After an error only destroy it.
class MaskWriter
{
public:
    /// Usage error: `target` is `inputFile` (also through links) or has another ending. Io error: its folder is missing or
    /// not writable, or the target is no regular file.
    static Result<std::unique_ptr<MaskWriter>> create(const std::string &target, const std::string &inputFile,
                                                      MaskFormat format);
    /// Masked weights (MaskFormat::Applied): the whole input once more, in which these tensors are masked; see WeightsCopy
    /// (weights_copy.h), whose errors there are. `stop` ends copying: Cancelled.
    static Result<std::unique_ptr<MaskWriter>> createApplied(const std::string &target, const ApplyTo &apply,
                                                             const std::stop_token &stop = {});
    MaskWriter(const MaskWriter &) = delete;
    MaskWriter &operator=(const MaskWriter &) = delete;
    ~MaskWriter(); // without commit(): removes the temporary file

    MaskFormat format() const;

    /// Io error, naming how much is missing, where the target's file system surely has no room for these tensors (matrices).
    /// What HDF5's compression will leave of them is not known before: of that the least possible is counted. So this finds
    /// in time what cannot work; what it lets pass may still fail in writing.
    Status requireRoom(std::span<const TensorInfo> tensors) const;

    /// Unsupported error of the first of these tensors (matrices) whose mask the target's format cannot hold: names that it
    /// cannot spell, or that cannot stand beside each other ("a" and "a/mask" in HDF5). Writes nothing; for before the work.
    Status requireFit(std::span<const TensorInfo> tensors) const;

    /// What to warn of where there is room for that, but not for what such tensors usually take with masks of `pattern`.
    std::optional<std::string> roomWarning(std::span<const TensorInfo> tensors, NmPattern pattern) const;

    /// `promise` is what the masks that follow must keep.
    Status beginTensor(const TensorInfo &tensor, const MaskPromise &promise);

    /// The next mask.rows() rows of the stacked view; they come in order, row0 says where the caller believes to be. The
    /// mask is counted first, matrix by matrix: an Internal error names the tensor and the tile that breaks the promise, and
    /// then nothing can be committed.
    Status writeRows(std::int64_t row0, const Mask &mask);

    /// All rows must have been written. Whether the mask is transposable is told by the count, not by `facts`.
    Status finishTensor(const MaskFacts &facts);

    /// Puts the file in place. Must follow finishTensor(), is called once. Masks name their `source` in the file's own facts
    /// (source, source_bytes, source_sha256) where it has a name.
    Status commit(const FileIdentity &source = {});

    /// What of a folder was not taken along, one line each.
    std::vector<std::string> notes() const;

private:
    struct Private;
    explicit MaskWriter(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

} // namespace nms
