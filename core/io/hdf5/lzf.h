// SPDX-License-Identifier: Apache-2.0
// LZF, the compression of h5py's own HDF5 filter. Private to core/io.
#pragma once

#include <cstddef>
#include <span>

namespace nms {

constexpr std::size_t mostLzfInflation = 88; // bytes that LZF makes of one at most: 264 of three

/// Fills `out` with what `stored` was made of. False where that is damaged: no LZF, or of another size. Reads and writes
/// nothing outside of both. Format: liblzf 3.6, lzf_d.c.
bool inflateLzf(std::span<const std::byte> stored, std::span<std::byte> out);

} // namespace nms
