// SPDX-License-Identifier: Apache-2.0
// From the file's order to the stacked view and back, for tensors whose matrices lie between one another. Private to
// core/io.
#pragma once

#include "core/base/result.h"
#include "core/tensor/axes.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace nms {

/// Raw rows of one tensor as they were read last. Reading a stack matrix by matrix touches the same raw rows once for each
/// matrix: up to 64 MiB of them are kept, one raw row at least.
class RawRowCache
{
public:
    using Read = std::function<Status(std::int64_t row0, std::int64_t rows, std::span<std::byte> out)>;

    /// Raw row `row` of `count`, each of rowBytes. Whole blocks are read where it is not there yet. Throws std::bad_alloc.
    Result<std::span<const std::byte>> row(std::size_t tensor, std::int64_t row, std::int64_t count, std::int64_t rowBytes,
                                           const Read &read);

private:
    std::size_t m_tensor = 0;
    std::int64_t m_row0 = 0;
    std::int64_t m_rows = 0;
    std::int64_t m_rowBytes = 0;
    std::vector<std::byte> m_bytes;
};

/// One row of the stacked view out of the raw row that holds it. `rawCols` elements of elementBytes a raw row.
void gatherRow(const Stack &stack, std::int64_t viewRow, std::int64_t rawCols, int elementBytes,
               std::span<const std::byte> rawRow, std::span<std::byte> out);

} // namespace nms
