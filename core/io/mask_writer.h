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

/// Everything is written to a temporary file in the target's folder, which commit() syncs and renames: the target is always
/// either the old file or the complete new one. The target's file name extension determines the format: .safetensors, or
/// .h5/.hdf5/.hdf.
///
/// Facts are written as HDF5 attributes of the dataset (n, m, method, tau, iterations, objective, upper_bound, relative_gap,
/// transposable, source, nmscope_version, format; axes unless the mask is a single matrix of a stack; tolerance, warm_start,
/// score and rounding if set; shape if packed), or as one JSON object for each mask in the __metadata__ of a .safetensors
/// file, under the mask's own name.
///
/// A mask that cannot be written in the order in which it arrives is held in memory, one bit per weight, until its tensor
/// ends: Applied, and Bytes of tensors whose matrices are interleaved (Stack::isFileOrder).
///
/// One thread at a time. Call order: (beginTensor, writeRows…, finishTensor)…, commit. After an error only destroy it.
class MaskWriter
{
public:
    /// Usage error if `target` is `inputFile` (also through links) or has another extension. Io error if its folder is
    /// missing or not writable, or the target is not a regular file.
    static Result<std::unique_ptr<MaskWriter>> create(const std::string &target, const std::string &inputFile,
                                                      MaskFormat format);
    /// Masked weights (MaskFormat::Applied): a copy of the whole input in which these tensors are masked. Errors as
    /// WeightsCopy (weights_copy.h). `stop` ends copying: Cancelled.
    static Result<std::unique_ptr<MaskWriter>> createApplied(const std::string &target, const ApplyTo &apply,
                                                             const std::stop_token &stop = {});
    MaskWriter(const MaskWriter &) = delete;
    MaskWriter &operator=(const MaskWriter &) = delete;
    ~MaskWriter(); // without commit(): removes the temporary file

    MaskFormat format() const;

    /// Io error, naming how much space is missing, if the target's file system certainly cannot hold the masks of these
    /// tensors (matrices). The size after HDF5's compression is not known beforehand, so the smallest possible one is
    /// assumed: writing may still fail for lack of space after this check has passed.
    Status requireRoom(std::span<const TensorInfo> tensors) const;

    /// Unsupported error for the first of these tensors (matrices) whose mask the target's format cannot hold: an invalid
    /// name, or one that conflicts with another ("a" and "a/mask" in HDF5). Writes nothing; to be called before the work.
    Status requireFit(std::span<const TensorInfo> tensors) const;

    /// A warning if requireRoom() passes, but there is not enough space for the usual size of masks of `pattern` for such
    /// tensors.
    std::optional<std::string> roomWarning(std::span<const TensorInfo> tensors, NmPattern pattern) const;

    /// The masks that follow must satisfy `promise`.
    Status beginTensor(const TensorInfo &tensor, const MaskPromise &promise);

    /// Writes the next mask.rows() rows of the stacked view. Rows must be written in order; `row0` is checked to be the next
    /// one. The mask is counted first, matrix by matrix: an Internal error names the tensor and the tile that violates the
    /// promise, and after that nothing can be committed.
    Status writeRows(std::int64_t row0, const Mask &mask);

    /// All rows must have been written. Whether the mask is transposable is taken from the count, not from `facts`.
    Status finishTensor(const MaskFacts &facts);

    /// Renames the file to the target. To be called once, after finishTensor(). A file of masks stores `source` in its own
    /// metadata (source, source_bytes, source_xxh128) if it has a name.
    Status commit(const FileIdentity &source = {});

    /// Files of a model's folder that were not copied, one line each.
    std::vector<std::string> notes() const;

private:
    struct Private;
    explicit MaskWriter(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

} // namespace nms
