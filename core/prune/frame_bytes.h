// SPDX-License-Identifier: Apache-2.0
// Key frames as bytes: values are read in the order in which they were written. Private to core/prune.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/sparsity/mask.h"

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace nms {

class FrameWriter
{
public:
    template <class T>
    requires std::is_trivially_copyable_v<T>
    void add(const T &value) { append(&value, sizeof value); }
    template <class T> void add(const Matrix<T> &matrix) { append(matrix.data(), std::size_t(matrix.size()) * sizeof(T)); }
    void add(const Mask &mask)
    {
        for (std::int64_t row = 0; row < mask.rows(); ++row)
            append(mask.row64(row).data(), mask.row64(row).size_bytes());
    }
    std::vector<std::byte> take() { return std::move(m_data); }

private:
    void append(const void *from, std::size_t bytes)
    {
        const auto *first = static_cast<const std::byte *>(from);
        m_data.insert(m_data.end(), first, first + bytes);
    }
    std::vector<std::byte> m_data;
};

/// Reads into objects of the same shapes as those written.
class FrameReader
{
public:
    explicit FrameReader(std::span<const std::byte> data) : m_data(data) { }
    template <class T>
    requires std::is_trivially_copyable_v<T>
    void get(T &value) { take(&value, sizeof value); }
    template <class T> void get(Matrix<T> &matrix) { take(matrix.data(), std::size_t(matrix.size()) * sizeof(T)); }
    void get(Mask &mask)
    {
        for (std::int64_t row = 0; row < mask.rows(); ++row)
            take(mask.row64(row).data(), mask.row64(row).size_bytes());
    }
    /// Internal error unless exactly all bytes were read.
    Status done() const
    {
        if (m_short || !m_data.empty())
            return fail(ErrorKind::Internal, "key frame", "belongs to another run");
        return {};
    }

private:
    void take(void *to, std::size_t bytes)
    {
        m_short = m_short || bytes > m_data.size();
        if (m_short || bytes == 0) // an empty matrix has no memory
            return;
        std::memcpy(to, m_data.data(), bytes);
        m_data = m_data.subspan(bytes);
    }
    std::span<const std::byte> m_data;
    bool m_short = false;
};

} // namespace nms
