// SPDX-License-Identifier: Apache-2.0
// 16-bit floating point: IEEE 754 binary16 ("half", f16) and bfloat16, as raw bits.
// Any thread. Bulk conversions use F16C where the processor has it; both paths give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace nms {

/// Exact; a signalling NaN becomes quiet, its payload is kept.
float halfToFloat(std::uint16_t half);
/// To nearest, ties to even; overflow becomes ±Inf, NaN stays a (quiet) NaN.
std::uint16_t floatToHalf(float value);

/// Exact.
float bfloat16ToFloat(std::uint16_t bits);
/// To nearest, ties to even; NaN stays a (quiet) NaN.
std::uint16_t floatToBfloat16(float value);

/// Element by element; `to` must be as long as `from` and may not overlap it.
void halfToFloat(std::span<const std::uint16_t> from, std::span<float> to);
void floatToHalf(std::span<const float> from, std::span<std::uint16_t> to);
void bfloat16ToFloat(std::span<const std::uint16_t> from, std::span<float> to);
void floatToBfloat16(std::span<const float> from, std::span<std::uint16_t> to);
/// Without the signs.
void halfToMagnitude(std::span<const std::uint16_t> from, std::span<float> to);
void bfloat16ToMagnitude(std::span<const std::uint16_t> from, std::span<float> to);

/// Reverses the bytes of each element of `elementBytes` (2, 4 or 8; 1 does nothing) in place.
void swapBytes(std::span<std::byte> data, int elementBytes);

} // namespace nms
