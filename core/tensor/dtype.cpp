// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/dtype.h"

namespace nms {

int bytesOf(DType dtype)
{
    switch (dtype) {
    case DType::F8E4M3:
    case DType::F8E5M2:
    case DType::Bool:
    case DType::U8:
    case DType::I8:
        return 1;
    case DType::F16:
    case DType::BF16:
    case DType::U16:
    case DType::I16:
        return 2;
    case DType::F32:
    case DType::U32:
    case DType::I32:
        return 4;
    case DType::F64:
    case DType::U64:
    case DType::I64:
        return 8;
    case DType::Other:
        break;
    }
    return 0;
}

std::string_view nameOf(DType dtype)
{
    switch (dtype) {
    case DType::F16:
        return "f16";
    case DType::BF16:
        return "bf16";
    case DType::F32:
        return "f32";
    case DType::F64:
        return "f64";
    case DType::F8E4M3:
        return "f8_e4m3";
    case DType::F8E5M2:
        return "f8_e5m2";
    case DType::Bool:
        return "bool";
    case DType::U8:
        return "u8";
    case DType::I8:
        return "i8";
    case DType::U16:
        return "u16";
    case DType::I16:
        return "i16";
    case DType::U32:
        return "u32";
    case DType::I32:
        return "i32";
    case DType::U64:
        return "u64";
    case DType::I64:
        return "i64";
    case DType::Other:
        break;
    }
    return "other";
}

bool isWeight(DType dtype)
{
    return isSolvedAsStored(dtype) || dtype == DType::F64 || dtype == DType::F8E4M3 || dtype == DType::F8E5M2;
}

bool isSolvedAsStored(DType dtype)
{
    return dtype == DType::F16 || dtype == DType::BF16 || dtype == DType::F32;
}

} // namespace nms
