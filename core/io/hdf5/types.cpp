// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/types.h"

#include "core/io/disk/text.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

namespace {

struct FloatFields {
    std::size_t signPosition, exponentPosition, exponentSize, mantissaPosition, mantissaSize, exponentBias, bytes;
    friend bool operator==(const FloatFields &, const FloatFields &) = default;
};

constexpr FloatFields half = {15, 10, 5, 0, 10, 15, 2};
constexpr FloatFields bfloat16 = {15, 7, 8, 0, 7, 127, 2};
constexpr FloatFields float8E4M3 = {7, 3, 4, 0, 3, 7, 1}; // as HDF5 2.0's H5T_FLOAT_F8E4M3 and H5T_FLOAT_F8E5M2
constexpr FloatFields float8E5M2 = {7, 2, 5, 0, 2, 15, 1};
constexpr FloatFields single = {31, 23, 8, 0, 23, 127, 4};
constexpr FloatFields twice = {63, 52, 11, 0, 52, 1023, 8};

std::optional<FloatFields> fieldsOf(hid_t type)
{
    FloatFields fields = {};
    fields.bytes = H5Tget_size(type);
    fields.exponentBias = H5Tget_ebias(type);
    if (H5Tget_fields(type, &fields.signPosition, &fields.exponentPosition, &fields.exponentSize, &fields.mantissaPosition,
                      &fields.mantissaSize) < 0 ||
        H5Tget_norm(type) != H5T_NORM_IMPLIED || H5Tget_offset(type) != 0 || H5Tget_precision(type) != 8 * fields.bytes)
        return std::nullopt;
    return fields;
}

void classifyFloat(hid_t type, const std::string &order, Hdf5Type &result)
{
    const auto fields = fieldsOf(type);
    if (fields == half)
        result.dtype = DType::F16;
    else if (fields == bfloat16)
        result.dtype = DType::BF16;
    else if (fields == single)
        result.dtype = DType::F32;
    else if (fields == twice)
        result.dtype = DType::F64;
    else if (fields == float8E4M3)
        result.dtype = DType::F8E4M3;
    else if (fields == float8E5M2)
        result.dtype = DType::F8E5M2;
    const std::size_t bytes = H5Tget_size(type);
    if (result.dtype == DType::BF16)
        result.name = "2-byte float (bf16) " + order;
    else if (result.dtype == DType::F8E4M3 || result.dtype == DType::F8E5M2)
        result.name = "1-byte float (" + std::string(nameOf(result.dtype)) + ")";
    else if (result.dtype == DType::Other)
        result.name = std::to_string(bytes) + "-byte float " + order;
    else
        result.name = "H5T_IEEE_F" + std::to_string(8 * bytes) + order;
}

void classifyInteger(hid_t type, const std::string &order, bool saysBfloat16, Hdf5Type &result)
{
    const std::size_t bytes = H5Tget_size(type);
    const bool isSigned = H5Tget_sign(type) != H5T_SGN_NONE;
    result.name = std::string("H5T_STD_") + (isSigned ? "I" : "U") + std::to_string(8 * bytes) + order;
    if (H5Tget_precision(type) != 8 * bytes || H5Tget_offset(type) != 0) {
        result.name += " with padding bits";
        return;
    }
    if (bytes == 1)
        result.dtype = isSigned ? DType::I8 : DType::U8;
    else if (bytes == 2)
        result.dtype = isSigned ? DType::I16 : DType::U16;
    else if (bytes == 4)
        result.dtype = isSigned ? DType::I32 : DType::U32;
    else if (bytes == 8)
        result.dtype = isSigned ? DType::I64 : DType::U64;
    if (result.dtype == DType::U16 && saysBfloat16) {
        result.dtype = DType::BF16;
        result.name += " (bf16 by its dtype attribute)";
    }
}

bool isBoolEnum(hid_t type)
{
    if (H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2)
        return false;
    std::int8_t no = -1;
    std::int8_t yes = -1;
    return H5Tenum_valueof(type, "FALSE", &no) >= 0 && H5Tenum_valueof(type, "TRUE", &yes) >= 0 && no == 0 && yes == 1;
}

bool isBfloat16Name(std::string_view name)
{
    return name == "bfloat16" || name == "bf16" || name == "torch.bfloat16";
}

/// Two bytes whose meaning only a tag can tell. h5py stores numbers of types that NumPy itself does not know without a tag.
void classifyOpaque(hid_t type, std::string_view hint, Hdf5Type &result)
{
    const std::unique_ptr<char, herr_t (*)(void *)> text(H5Tget_tag(type), H5free_memory);
    const std::string tag = text ? text.get() : "";
    if (!tag.empty())
        result.name += " tagged " + escaped(tag);
    if (H5Tget_size(type) != 2)
        return;
    std::string_view named = tag;
    if (named.starts_with("NUMPY:"))
        named.remove_prefix(6);
    const bool says = isBfloat16Name(hint) || isBfloat16Name(named);
    const bool saysNothing = hint.empty() && (named.empty() || named == "V2" || named == "|V2" || named == "<V2");
    if (says || saysNothing) {
        result.dtype = DType::BF16;
        result.name += " (bf16)";
        if (!says)
            result.note =
                "has opaque elements of 2 bytes, taken as bf16: h5py stores ml_dtypes' bfloat16 so, without a word "
                "on what they are";
    } else {
        result.remedy = "if its elements are bf16, give it a string attribute dtype = \"bfloat16\"";
    }
}

bool isComplex(hid_t type)
{
    if (H5Tget_nmembers(type) != 2)
        return false;
    std::string names;
    for (const unsigned i : {0U, 1U})
        if (const std::unique_ptr<char, herr_t (*)(void *)> name(H5Tget_member_name(type, i), H5free_memory); name)
            names += std::string(name.get()) + " ";
    return names == "r i " || names == "real imag ";
}

std::string_view className(H5T_class_t typeClass)
{
    switch (typeClass) {
    case H5T_STRING:
        return "text";
    case H5T_BITFIELD:
        return "bit field";
    case H5T_OPAQUE:
        return "opaque";
    case H5T_COMPOUND:
        return "compound";
    case H5T_REFERENCE:
        return "reference";
    case H5T_ENUM:
        return "enum";
    case H5T_VLEN:
        return "variable length";
    case H5T_ARRAY:
        return "array";
    case H5T_TIME:
        return "time";
    default:
        return "unknown";
    }
}

} // namespace

Hdf5Type classifyHdf5Type(hid_t type, std::string_view hint)
{
    Hdf5Type result;
    const H5T_class_t typeClass = H5Tget_class(type);
    const std::size_t bytes = H5Tget_size(type);
    if (typeClass == H5T_FLOAT || typeClass == H5T_INTEGER) {
        const H5T_order_t order = H5Tget_order(type);
        result.bigEndian = order == H5T_ORDER_BE;
        if (order != H5T_ORDER_LE && order != H5T_ORDER_BE) {
            result.name = std::to_string(bytes) + "-byte number of an unusual byte order";
            return result;
        }
        if (typeClass == H5T_FLOAT)
            classifyFloat(type, result.bigEndian ? "BE" : "LE", result);
        else
            classifyInteger(type, result.bigEndian ? "BE" : "LE", isBfloat16Name(hint), result);
        return result;
    }
    result.name = std::to_string(bytes) + "-byte " + std::string(className(typeClass));
    if (typeClass == H5T_OPAQUE) {
        classifyOpaque(type, hint, result);
    } else if (typeClass == H5T_REFERENCE) {
        result.name += H5Tequal(type, H5T_STD_REF_DSETREG) > 0 ? " to a region" : " to an object";
    } else if (typeClass == H5T_COMPOUND && isComplex(type)) {
        result.name = std::to_string(bytes) + "-byte complex";
    } else if (typeClass == H5T_ENUM && isBoolEnum(type)) {
        result.dtype = DType::Bool;
        result.name += " (bool)";
    }
    return result;
}

std::optional<Hdf5Type> decodeHdf5Type(std::span<const std::byte> message)
{
    // The format of H5Tencode: the kind of message and a version, then the message.
    constexpr std::byte head[] = {std::byte(3), std::byte(0)};
    constexpr std::size_t behind = 1024; // zeros as padding: H5Tdecode() is not told the length
    if (message.size() > (std::size_t(1) << 16))
        return std::nullopt;
    std::vector<std::byte> bytes(std::begin(head), std::end(head));
    bytes.insert(bytes.end(), message.begin(), message.end());
    bytes.resize(bytes.size() + behind);
    const Hdf5Id type(H5Tdecode(bytes.data()));
    return type.valid() ? std::optional(classifyHdf5Type(type, {})) : std::nullopt;
}

Hdf5Id makeHdf5Type(DType dtype)
{
    const auto makeFloat = [](const FloatFields &fields) {
        Hdf5Id type(H5Tcopy(H5T_IEEE_F32LE));
        // The order matters: the library refuses fields that do not fit into the size at that moment.
        H5Tset_fields(type, fields.signPosition, fields.exponentPosition, fields.exponentSize, fields.mantissaPosition,
                      fields.mantissaSize);
        H5Tset_precision(type, 8 * fields.bytes);
        H5Tset_ebias(type, fields.exponentBias);
        H5Tset_size(type, fields.bytes);
        return type;
    };
    switch (dtype) {
    case DType::F16:
        return makeFloat(half);
    case DType::BF16:
        return makeFloat(bfloat16);
    case DType::F8E4M3:
        return makeFloat(float8E4M3);
    case DType::F8E5M2:
        return makeFloat(float8E5M2);
    case DType::F32:
        return Hdf5Id(H5Tcopy(H5T_IEEE_F32LE));
    case DType::F64:
        return Hdf5Id(H5Tcopy(H5T_IEEE_F64LE));
    case DType::U8:
        return Hdf5Id(H5Tcopy(H5T_STD_U8LE));
    case DType::I8:
        return Hdf5Id(H5Tcopy(H5T_STD_I8LE));
    case DType::U16:
        return Hdf5Id(H5Tcopy(H5T_STD_U16LE));
    case DType::I16:
        return Hdf5Id(H5Tcopy(H5T_STD_I16LE));
    case DType::U32:
        return Hdf5Id(H5Tcopy(H5T_STD_U32LE));
    case DType::I32:
        return Hdf5Id(H5Tcopy(H5T_STD_I32LE));
    case DType::U64:
        return Hdf5Id(H5Tcopy(H5T_STD_U64LE));
    case DType::I64:
        return Hdf5Id(H5Tcopy(H5T_STD_I64LE));
    case DType::Bool: {
        Hdf5Id type(H5Tenum_create(H5T_STD_I8LE));
        const std::int8_t no = 0;
        const std::int8_t yes = 1;
        H5Tenum_insert(type, "FALSE", &no);
        H5Tenum_insert(type, "TRUE", &yes);
        return type;
    }
    case DType::Other:
        break;
    }
    return Hdf5Id();
}

} // namespace nms
