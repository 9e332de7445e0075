// SPDX-License-Identifier: Apache-2.0
// What a MaskWriter writes to: a file of masks, or a copy of the weights with the dropped ones zero. Private to core/io.
#pragma once

#include "core/io/disk/file_hash.h"
#include "core/io/mask_facts.h"
#include "core/io/tensor_sink.h"
#include "core/io/weights_copy.h"
#include "core/sparsity/mask.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace nms {

/// Call order: (begin, writeRows… or writeWhole, finish)…, commit. The masks have already been counted. One thread.
class MaskTarget
{
public:
    virtual ~MaskTarget() = default;

    virtual const std::string &target() const = 0;
    virtual MaskFormat format() const = 0;

    /// See MaskWriter.
    virtual Status requireRoom(std::span<const TensorInfo> tensors) const = 0;
    virtual std::optional<std::string> roomWarning(std::span<const TensorInfo> tensors, NmPattern pattern) const = 0;

    virtual Status requireFit(std::span<const TensorInfo> tensors) const = 0;

    virtual Status begin(const TensorInfo &tensor) = 0;
    /// Whether the rows of this tensor's stacked view are written as they arrive (writeRows); if not, the whole mask is
    /// written at the tensor's end (writeWhole).
    virtual bool takesRows(const TensorInfo &tensor) const = 0;
    virtual Status writeRows(const Mask &rows) = 0;
    virtual Status writeWhole(const TensorInfo &tensor, const Mask &mask) = 0;
    virtual Status finish(const TensorInfo &tensor, const MaskFacts &facts) = 0;
    virtual Status commit(const FileIdentity &source) = 0; // the weights file; not stored if its name is empty
    virtual std::vector<std::string> notes() const { return {}; }
};

/// MaskFormat::Bytes or Packed.
std::unique_ptr<MaskTarget> createMaskFile(std::unique_ptr<TensorSink> sink, MaskFormat format);

/// MaskFormat::Applied. Errors as WeightsCopy::create.
Result<std::unique_ptr<MaskTarget>> createMaskedWeights(const std::string &target, const ApplyTo &apply,
                                                        const std::stop_token &stop);

} // namespace nms
