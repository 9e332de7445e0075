// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace nms {

/// Element types of weights files. The floating-point ones are weights; integers and Bool are only copied by conversion and
/// used as masks; `Other` (complex, strings, floats of less than 8 bits, …) can only be listed. F8E4M3 and F8E5M2 are those
/// of the OCP standard (core/simd/float8.h).
enum class DType { F16, BF16, F32, F64, F8E4M3, F8E5M2, Bool, U8, I8, U16, I16, U32, I32, U64, I64, Other };

/// Bytes of one element; 0 for Other.
int bytesOf(DType dtype);

/// "f16", "bf16", "f32", "f64", "f8_e4m3", "f8_e5m2", "bool", "u8", "i8", …, "other".
std::string_view nameOf(DType dtype);

/// True for the floating-point types.
bool isWeight(DType dtype);

/// True for the weights that are solved in the type that they are stored in (f16, bf16, f32). The others are converted to
/// f32: f64 is rounded, 8-bit floats are exact.
bool isSolvedAsStored(DType dtype);

} // namespace nms
