// SPDX-License-Identifier: Apache-2.0
// The folder OUT.parts, in which a job keeps the tensors that it has finished until OUT is written. Private to core/jobs.
#pragma once

#include "core/base/result.h"
#include "core/sparsity/mask.h"
#include "core/tensor/tensor_source.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nms::jobs {

/// What identifies a file, or a folder's files, as they are now, so that a later run notices that they were replaced: names,
/// sizes, times of writing.
nlohmann::json stateOf(const std::string &fileOrFolder);

/// Two files for each tensor or piece of one: a header, whose checksum covers the data, and the data. All are untrusted: what
/// does not match is as good as missing. Several processes may save and read different pieces at the same time. One thread
/// at a time.
class PartsFolder
{
public:
    /// Creates the folder of `out` if it is missing. `job`: an object with everything on which the results depend. Usage
    /// error, naming what differs, if the folder holds tensors of another job.
    static Result<PartsFolder> open(const std::string &out, const nlohmann::json &job);

    // A tensor is kept whole, or in pieces that begin at different rows; `row0` is 0 for the first and for the whole.

    std::string dataFileOf(const TensorInfo &tensor, std::int64_t row0 = 0) const;

    /// The header of a piece whose data file has `bytes` bytes and the recorded checksum.
    std::optional<nlohmann::json> find(const TensorInfo &tensor, std::int64_t bytes, std::int64_t row0 = 0) const;
    /// Marks a piece as finished; its data file must have been written. Adds path, row0 and checksum to `header`.
    Status finish(const TensorInfo &tensor, nlohmann::json header, std::int64_t row0 = 0) const;

    /// Deletes the folder and the files that a job keeps there, and nothing else.
    void remove() const;

private:
    explicit PartsFolder(std::string folder) : m_folder(std::move(folder)) { }
    std::string fileOf(const TensorInfo &tensor, std::int64_t row0, std::string_view ending) const;

    std::string m_folder;
};

/// Replaces a file once everything is written.
Status writeWhole(const std::string &path, std::span<const std::byte> first, std::span<const std::byte> second = {});

/// The words of all rows of a mask, as they are stored in data files.
std::vector<std::byte> bytesOfMask(const Mask &mask);
std::int64_t maskByteCount(std::int64_t rows, std::int64_t cols);

} // namespace nms::jobs
