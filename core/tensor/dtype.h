// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace nms {

/// Element types that weights files hold. The four floating-point ones are weights; integers and Bool are carried along
/// by converting and masks; `Other` (complex, strings, 8-bit floats, …) can be listed and nothing else.
enum class DType { F16, BF16, F32, F64, Bool, U8, I8, U16, I16, U32, I32, U64, I64, Other };

/// Bytes of one element; 0 for Other.
int bytesOf(DType dtype);

/// "f16", "bf16", "f32", "f64", "bool", "u8", "i8", …, "other".
std::string_view nameOf(DType dtype);

/// True for the four floating-point types.
bool isWeight(DType dtype);

} // namespace nms
