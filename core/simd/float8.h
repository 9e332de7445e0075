// SPDX-License-Identifier: Apache-2.0
// 8-bit floating point of the OCP standard ("OCP 8-bit Floating Point Specification (OFP8)", revision 1.0), as raw bits.
// E4M3: bias 7, no Inf, NaN at ±0x7f, largest 448. E5M2: the upper byte of a binary16. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace nms {

/// Exact; a NaN stays a (quiet) NaN.
float float8E4M3ToFloat(std::uint8_t bits);
float float8E5M2ToFloat(std::uint8_t bits);

/// Element by element; `to` must be as long as `from` and may not overlap it.
void float8E4M3ToFloat(std::span<const std::byte> from, std::span<float> to);
void float8E5M2ToFloat(std::span<const std::byte> from, std::span<float> to);

} // namespace nms
