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

/// One mask of a file; nothing of its bits has been read. Facts that the file lacks, or that have another type than ours,
/// are empty: none of them is needed to read the mask, and none is believed by verifying.
struct MaskEntry {
    std::string tensorPath; // of the weights
    std::string datasetPath; // of the mask itself
    std::vector<std::int64_t> shape; // of the weights' tensor
    Axes axes; // of that tensor: as the file says, or told by its name and shape (layout.h)
    std::int64_t rows = 0; // of its stacked view (TensorInfo::rows)
    std::int64_t cols = 0;
    std::int64_t matrixRows = 0; // of each matrix of the stack
    MaskFormat format = MaskFormat::Bytes;
    bool isPruned = false; // weights of which nothing says that they were masked (MaskFileOptions::prunedWeights)

    std::optional<NmPattern> pattern;
    std::optional<std::string> method;
    std::optional<double> tau;
    std::optional<std::int64_t> iterations;
    std::optional<double> tolerance; // where one was given
    std::optional<std::string> warmStart; // likewise
    std::optional<std::string> score; // of masks by another score than |W|
    std::optional<std::string> rounding; // of masks by the paper's
    std::optional<double> objective;
    std::optional<double> upperBound;
    std::optional<double> relativeGap;
    std::optional<bool> transposable;
    std::optional<std::string> source;
    std::optional<std::string> version;
};

struct MaskFileOptions {
    std::vector<AxesRule> axes = {}; // of the weights' tensors, whatever the file says
    const TensorSource *weights = nullptr; // whose shapes masks of flat bits have (MaskFormat::FlatBits); needed here alone
    bool prunedWeights = false; // where there are no masks, every matrix of weights is one: what is zero was dropped
};

/// A mask is a tensor of two or more dimensions called …/mask, ….mask or …_mask (torch.nn.utils.prune) of any type that
/// holds nothing but 0 and 1, or any bool tensor, or floating-point weights that carry our facts (Applied: a weight that is
/// not zero counts as kept, so a kept zero reads as dropped), or flat bits where the weights are given. One thread at a
/// time.
class MaskFile
{
public:
    /// Errors and `stop` as openWeights; Input error when the file holds no mask.
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

    /// Looks at a mask by other axes than its entry said; false where it lies packed and they do not go with that, or are
    /// none for its shape.
    bool setAxes(const std::string &datasetPath, const Axes &axes);

    /// Rows [row0, row0 + rows) of the stacked view. Input error that names row and column of a value other than 0 and 1,
    /// or of a bit set behind the last column.
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
