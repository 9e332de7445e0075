// SPDX-License-Identifier: Apache-2.0
#include "core/io/npy/type.h"

#include "core/io/disk/text.h"

#include <algorithm>
#include <charconv>

namespace nms {

namespace {

struct Known {
    char kind;
    std::int64_t bytes;
    DType dtype;
};

constexpr Known known[] = {{'f', 2, DType::F16}, {'f', 4, DType::F32}, {'f', 8, DType::F64}, {'b', 1, DType::Bool},
                           {'u', 1, DType::U8},  {'u', 2, DType::U16}, {'u', 4, DType::U32}, {'u', 8, DType::U64},
                           {'i', 1, DType::I8},  {'i', 2, DType::I16}, {'i', 4, DType::I32}, {'i', 8, DType::I64}};

/// Describes elements of kinds that are not read.
std::string otherKind(char kind, std::int64_t bytes)
{
    switch (kind) {
    case 'f':
        return bytes < 10 ? "" : "long double numbers, whose bits depend on the machine";
    case 'c':
        return "complex numbers";
    case 'S':
    case 'a':
    case 'U':
        return "texts";
    case 'M':
    case 'm':
        return "dates or durations";
    case 'V':
        return bytes == 1 ? "opaque elements of 1 byte (8-bit floats lie so, but not which ones)"
                          : "opaque elements of " + std::to_string(bytes) + " bytes";
    default:
        return {};
    }
}

} // namespace

NpyType NpyType::structured()
{
    NpyType type;
    type.unreadable = "has elements that are structures of several fields, which are not read: save each field on its own";
    return type;
}

NpyType NpyType::named(std::string_view descr)
{
    NpyType type;
    std::string_view rest = descr;
    if (rest.find_first_of("<>=|") == 0) {
        type.bigEndian = rest.front() == '>';
        rest.remove_prefix(1);
    }
    if (rest == "O" || rest == "O4" || rest == "O8") {
        type.unreadable =
            "holds Python objects, stored as a pickle, which can run any program and so is never loaded: save an "
            "array of numbers";
        return type;
    }
    const char kind = rest.empty() ? '\0' : rest.front();
    std::int64_t size = 0;
    const char *const end = rest.data() + rest.size();
    const auto number = std::from_chars(rest.data() + (rest.empty() ? 0 : 1), end, size);
    const bool isDate = (kind == 'M' || kind == 'm') && (number.ptr == end || *number.ptr == '[');
    constexpr std::int64_t largest = std::int64_t(1) << 31;
    if (number.ec == std::errc() && (number.ptr == end || isDate) && size >= 0 && size < largest) {
        const auto found = std::find_if(std::begin(known), std::end(known),
                                        [&](const Known &entry) { return entry.kind == kind && entry.bytes == size; });
        const std::string other = otherKind(kind, size);
        if (found != std::end(known)) {
            type.dtype = found->dtype;
            type.bytes = size;
            return type;
        }
        if (kind == 'V' && size == 2) {
            type.dtype = DType::BF16;
            type.bytes = size;
            type.note = "has opaque elements of 2 bytes (" + escaped(descr) +
                "), which are read as bf16: NumPy stores "
                "bfloat16 so";
            return type;
        }
        if (!other.empty()) {
            type.bytes = kind == 'U' ? 4 * size : size;
            type.unreadable = "holds " + other + " (" + escaped(descr) + "), which are not read";
            type.holdsNumbers = kind != 'S' && kind != 'a' && kind != 'U';
            return type;
        }
    }
    type.unreadable = "has elements of type " + escaped(descr) + ", which is not known";
    return type;
}

} // namespace nms
