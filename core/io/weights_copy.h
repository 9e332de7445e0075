// SPDX-License-Identifier: Apache-2.0
// A weights file, or a folder of them, written again with other values in some tensors.
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
    TensorSource *source = nullptr; // the open input; it stays
    std::span<const TensorInfo> tensors; // of it, those that may be masked
    bool copyRest = false; // of a folder: what lies beside the weights, too
};

class CopyTarget;

struct WeightsCopyOptions {
    bool copyRest = false; // of a folder: what lies beside the weights, too (configuration, tokenizer)
};

/// What the target is decides how it is written:
///
/// - the source's own format: the file byte for byte, only the values of the replaced tensors differ. Header, metadata,
///   attributes, order and all other tensors stay as they are. (Compressed HDF5 tensors take other room than before.) Of a
///   Keras archive also as .h5: the weights file in it, which Keras loads with load_weights().
/// - a folder, where the source is one (its shards' index, or the folder that holds it): each shard so, under its own name,
///   and the index as it is. The folder is made if it is missing; in one that is there may lie nothing but files of the
///   source's names. `copyRest` takes along what lies beside the shards, other weights left out (notes() names them).
/// - another format that is written: every tensor, attribute and metadata text carried over as convertWeights does.
///
/// Everything goes to temporary files, which commit() puts in place: a crash leaves the old state. Of a folder the index
/// goes first and comes back last, so that an interrupted commit leaves no folder that loads as if it were whole.
///
/// Call order: create, requireRoom, begin, write…, commit. One thread at a time; after an error only destroy it.
class WeightsCopy
{
public:
    /// `replaced` are tensors of the source, as openWeights lists them. Usage error where `target` is the source, or names
    /// no format that is written; Unsupported where its format cannot hold what the source does; else as openWeights and for
    /// a file that cannot be written. Nothing is written yet, but a missing folder is made (and goes again without
    /// commit()).
    static Result<std::unique_ptr<WeightsCopy>> create(const std::string &target, const std::string &source,
                                                       std::span<const TensorInfo> replaced,
                                                       const WeightsCopyOptions &options = {},
                                                       const std::stop_token &stop = {});
    WeightsCopy(const WeightsCopy &) = delete;
    WeightsCopy &operator=(const WeightsCopy &) = delete;
    ~WeightsCopy();

    /// Io error, naming how much is missing, where there is no room for the copy.
    Status requireRoom() const;

    /// Copies what is copied byte for byte; `progress` counts bytes. Cancelled, Io.
    Status begin(const Progress &progress = {});

    /// The next rows of a replaced tensor as TensorSource::readRawRows gives them. Tensors may take turns; each one's rows
    /// come in order, `rawRow0` says where the caller believes to be. A tensor of which nothing is written keeps its values.
    Status write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw);

    /// Once; what is written of a tensor must be all of it. Where the format changes, the work is done here.
    Status commit(const Progress &progress = {});

    /// What was left out, one line each.
    const std::vector<std::string> &notes() const;

private:
    struct Replaced {
        TensorInfo tensor;
        std::int64_t next = 0; // row
    };
    WeightsCopy(std::unique_ptr<CopyTarget> target, std::span<const TensorInfo> replaced);
    std::string where(const TensorInfo &tensor) const;

    std::unique_ptr<CopyTarget> m_target;
    std::unordered_map<std::string, Replaced> m_replaced; // by path
    bool m_begun = false;
};

} // namespace nms
