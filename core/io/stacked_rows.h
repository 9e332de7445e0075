// SPDX-License-Identifier: Apache-2.0
// Gathers rows of the stacked view from the file's order, for tensors whose matrices are interleaved. Private to core/io.
#pragma once

#include "core/base/result.h"
#include "core/tensor/axes.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace nms {

/// The raw rows of one tensor that were read last. Reading a stack matrix by matrix needs the same raw rows once for each
/// matrix, so up to 64 MiB of them are kept, at least one raw row.
class RawRowCache
{
public:
    using Read = std::function<Status(std::int64_t row0, std::int64_t rows, std::span<std::byte> out)>;

    /// Raw row `row` of `count`, each of rowBytes bytes. Reads a whole block if it is not in the cache. Throws
    /// std::bad_alloc.
    Result<std::span<const std::byte>> row(std::size_t tensor, std::int64_t row, std::int64_t count, std::int64_t rowBytes,
                                           const Read &read);

private:
    std::size_t m_tensor = 0;
    std::int64_t m_row0 = 0;
    std::int64_t m_rows = 0;
    std::int64_t m_rowBytes = 0;
    std::vector<std::byte> m_bytes;
};

/// Copies one row of the stacked view out of the raw row that contains it. A raw row has `rawCols` elements of elementBytes
/// bytes.
void gatherRow(const Stack &stack, std::int64_t viewRow, std::int64_t rawCols, int elementBytes,
               std::span<const std::byte> rawRow, std::span<std::byte> out);

} // namespace nms
