// SPDX-License-Identifier: Apache-2.0
// Interface of the different ways in which WeightsCopy (weights_copy.h) writes a copy. Private to core/io.
#pragma once

#include "core/base/progress.h"
#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace nms {

/// Call order and errors are those of WeightsCopy, which checks them. One thread.
class CopyTarget
{
public:
    explicit CopyTarget(std::string name) : m_name(std::move(name)) { }
    CopyTarget(const CopyTarget &) = delete;
    CopyTarget &operator=(const CopyTarget &) = delete;
    virtual ~CopyTarget() = default;

    const std::string &name() const { return m_name; } // of the file or folder
    const std::vector<std::string> &notes() const { return m_notes; }

    virtual Status requireRoom() const = 0;
    virtual Status copy(const Progress &progress) = 0;
    virtual Status write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw) = 0;

    /// `written`: the paths of the tensors that have got new values, in all of their rows.
    virtual Status commit(const std::unordered_set<std::string> &written, const Progress &progress) = 0;

protected:
    std::vector<std::string> m_notes;

private:
    std::string m_name;
};

} // namespace nms
