// SPDX-License-Identifier: Apache-2.0
// Copies a weights file or a model's folder with new values in some tensors.
#pragma once

#include "core/base/progress.h"
#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

namespace nms {

/// The weights that masks are applied to.
struct ApplyTo {
    TensorSource *source = nullptr; // the open input; not owned
    std::span<const TensorInfo> tensors; // the tensors of `source` that may be masked
    bool copyRest = false; // for a folder: also copy the other files of the model
};

class CopyTarget;

struct WeightsCopyOptions {
    bool copyRest = false; // for a folder: also copy the other files of the model (configuration, tokenizer)
};

/// The target determines how it is written:
///
/// - the source's own format: a copy of the file, byte for byte except for the values of the replaced tensors. Header,
///   metadata, attributes, order and all other tensors stay as they are. (Compressed HDF5 tensors may change their size.)
///   For a Keras archive also as .h5: a copy of the weights file in it, which Keras loads with load_weights().
/// - a folder, if the source is one (the index of shards, or the folder that contains it): each shard is copied in this way,
///   under its own name, and the index unchanged. The folder is created if it is missing; an existing one may contain only
///   files with the names of the source's files. `copyRest` also copies the model's other files, but no other weights
///   (notes() names them).
/// - another format that can be written: every tensor, attribute and metadata text is converted as by convertWeights.
///
/// Everything is written to temporary files, which commit() renames: a crash before that leaves the old state. In a folder
/// the index is removed first and written last, so that after an interrupted commit the folder cannot be loaded as if it
/// were complete.
///
/// Call order: create, requireRoom, begin, write…, commit. One thread at a time; after an error only destroy it.
class WeightsCopy
{
public:
    /// `replaced` are tensors of the source, as openWeights lists them. Usage error if `target` is the source, or its format
    /// cannot be written; Unsupported if its format cannot hold the content of the source; other errors as openWeights, or
    /// of a file that cannot be written. Nothing is written yet, but a missing folder is created (and removed again without
    /// commit()).
    static Result<std::unique_ptr<WeightsCopy>> create(const std::string &target, const std::string &source,
                                                       std::span<const TensorInfo> replaced,
                                                       const WeightsCopyOptions &options = {},
                                                       const std::stop_token &stop = {});
    WeightsCopy(const WeightsCopy &) = delete;
    WeightsCopy &operator=(const WeightsCopy &) = delete;
    ~WeightsCopy();

    /// Io error, naming how much space is missing, if the copy does not fit.
    Status requireRoom() const;

    /// Copies everything that is copied byte for byte; `progress` counts bytes. Errors as copyFile (disk/file_copy.h).
    Status begin(const Progress &progress = {});

    /// Writes the next rows of a replaced tensor, as TensorSource::readRawRows returns them. Tensors may alternate; the rows
    /// of each must be written in order, and `rawRow0` is checked to be the next one. A tensor of which no row is written
    /// keeps its values.
    Status write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw);

    /// To be called once; a tensor must have been written completely or not at all. If the format changes, the conversion is
    /// done here.
    Status commit(const Progress &progress = {});

    /// What was left out, one line each.
    const std::vector<std::string> &notes() const;

private:
    struct Replaced {
        TensorInfo tensor;
        std::int64_t next = 0; // next row to be written
    };
    WeightsCopy(std::unique_ptr<CopyTarget> target, std::span<const TensorInfo> replaced);
    std::string where(const TensorInfo &tensor) const;

    std::unique_ptr<CopyTarget> m_target;
    std::unordered_map<std::string, Replaced> m_replaced; // by path
    bool m_begun = false;
};

} // namespace nms
