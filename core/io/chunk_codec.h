// SPDX-License-Identifier: Apache-2.0
// HDF5's shuffle and gzip filters, outside of its library, so that several threads can be at it. Private to core/io.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nms {

/// What a filter pipeline of shuffle and deflate stores for one chunk: `elements` of `elementBytes` each. Throws
/// std::bad_alloc.
std::vector<std::byte> shuffleAndDeflate(std::span<const std::byte> elements, int elementBytes);

/// The inverse. False when `stored` is damaged, or holds anything but `elements.size()` bytes. `elementBytes` is 1 where
/// nothing was shuffled. Throws std::bad_alloc.
bool inflateAndUnshuffle(std::span<const std::byte> stored, int elementBytes, std::span<std::byte> elements);

} // namespace nms
