// SPDX-License-Identifier: Apache-2.0
// Reads masks back: our own files and those that others write in the same layout.
#pragma once

#include "core/io/mask_facts.h"
#include "core/io/memory_tensor.h"
#include "core/sparsity/mask.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace nms {

class FileSource;

/// Description of one mask in a file; its bits have not been read. Facts that are missing in the file or have an unexpected
/// type are empty: none of them is needed to read the mask, and verification trusts none of them.
struct MaskEntry {
    std::string tensorPath; // of the weights
    std::string datasetPath; // of the mask itself
    std::vector<std::int64_t> shape; // of the weights' tensor
    Axes axes; // of that tensor: from the file, or determined from its name and shape (layout.h)
    std::int64_t rows = 0; // of its stacked view (TensorInfo::rows)
    std::int64_t cols = 0;
    std::int64_t matrixRows = 0; // of each matrix of the stack
    MaskFormat format = MaskFormat::Bytes;
    bool isPruned = false; // weights without the facts of a mask (MaskFileOptions::prunedWeights)

    std::optional<NmPattern> pattern;
    std::optional<std::string> method;
    std::optional<double> tau;
    std::optional<std::int64_t> iterations;
    std::optional<double> tolerance; // if one was set
    std::optional<std::string> warmStart; // likewise
    std::optional<std::string> score; // if it was another score than |W|
    std::optional<std::string> rounding; // if it was the paper's
    std::optional<double> objective;
    std::optional<double> upperBound;
    std::optional<double> relativeGap;
    std::optional<bool> transposable;
    std::optional<std::string> source;
    std::optional<std::string> version;
};

struct MaskFileOptions {
    std::vector<AxesRule> axes = {}; // axes of the weights' tensors; they override those in the file
    const TensorSource *weights = nullptr; // source of the shapes of MaskFormat::FlatBits; needed only for these
    bool prunedWeights = false; // if there are no masks, every matrix of weights counts as one: zeros were dropped
};

/// A mask is a tensor of two or more dimensions called …/mask, ….mask or …_mask (torch.nn.utils.prune), of any type, with
/// only the values 0 and 1; or any bool tensor; or floating-point weights with our facts (Applied: a nonzero weight counts
/// as kept, so a kept zero is read as dropped); or flat bits if the weights are given. One thread at a time.
class MaskFile
{
public:
    /// Errors and `stop` as openWeights; Input error if the file has no mask.
    static Result<std::unique_ptr<MaskFile>> open(const std::string &file, const std::stop_token &stop = {},
                                                  const MaskFileOptions &options = {});
    /// The same of tensors in memory (memory_source.h), which must stay as they are.
    static Result<std::unique_ptr<MaskFile>> ofMemory(std::string name, std::vector<MemoryTensor> tensors,
                                                      const MaskFileOptions &options = {});
    MaskFile(const MaskFile &) = delete;
    MaskFile &operator=(const MaskFile &) = delete;
    ~MaskFile();

    const std::string &fileName() const;
    const std::vector<MaskEntry> &masks() const;

    /// Changes the axes of a mask; false if it is packed with other axes, or the axes do not fit its shape.
    bool setAxes(const std::string &datasetPath, const Axes &axes);

    /// Rows [row0, row0 + rows) of the stacked view. Input error, naming row and column, for a value other than 0 and 1 or a
    /// bit set after the last column.
    Result<Mask> readRows(const MaskEntry &entry, std::int64_t row0, std::int64_t rows);
    Result<Mask> read(const MaskEntry &entry);

private:
    struct Private;
    explicit MaskFile(std::unique_ptr<Private> d);
    static Result<std::unique_ptr<MaskFile>> list(std::unique_ptr<FileSource> source, const std::stop_token &stop,
                                                  const MaskFileOptions &options);
    std::unique_ptr<Private> d;
};

} // namespace nms
