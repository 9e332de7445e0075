// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace nms {

/// Element types that weights files hold. `Other` can be listed but not read as weights.
enum class DType { F16, BF16, F32, F64, Bool, U8, Other };

/// Bytes of one element; 0 for Other.
int bytesOf(DType dtype);

/// "f16", "bf16", "f32", "f64", "bool", "u8", "other".
std::string_view nameOf(DType dtype);

/// True for the four floating-point types.
bool isWeight(DType dtype);

} // namespace nms
