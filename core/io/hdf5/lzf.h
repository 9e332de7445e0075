// SPDX-License-Identifier: Apache-2.0
// LZF, the compression of h5py's own HDF5 filter. Private to core/io.
#pragma once

#include <cstddef>
#include <span>

namespace nms {

constexpr std::size_t mostLzfInflation = 88; // largest expansion by LZF, bytes per compressed byte: 264 from three

/// Decompresses `stored` into `out`. False if it is damaged: invalid LZF, or of another size. Never reads or writes outside
/// of the two. Format: liblzf 3.6, lzf_d.c.
bool inflateLzf(std::span<const std::byte> stored, std::span<std::byte> out);

} // namespace nms
