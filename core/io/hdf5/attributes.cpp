// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/attributes.h"

#include "core/io/disk/text.h"
#include "core/io/hdf5/types.h"

#include <cstring>

namespace nms {

namespace {

constexpr std::size_t longestText = 16 << 20;
constexpr std::int64_t longestVector = 64;
constexpr std::size_t mostAttributes = 4096;

std::optional<std::string> readText(hid_t attribute, hid_t type)
{
    std::string text;
    if (H5Tis_variable_str(type) > 0) {
        char *pointer = nullptr;
        if (H5Aread(attribute, type, &pointer) < 0 || !pointer)
            return std::nullopt;
        text.assign(pointer, strnlen(pointer, longestText + 1));
        H5free_memory(pointer);
    } else {
        const std::size_t bytes = H5Tget_size(type);
        if (bytes > longestText)
            return std::nullopt;
        text.resize(bytes);
        if (bytes == 0 || H5Aread(attribute, type, text.data()) < 0)
            return std::nullopt;
        text.resize(strnlen(text.data(), bytes));
        if (H5Tget_strpad(type) == H5T_STR_SPACEPAD)
            text.resize(text.find_last_not_of(' ') + 1);
    }
    if (text.size() > longestText)
        return std::nullopt;
    return text;
}

std::optional<AttributeValue> readValue(hid_t attribute)
{
    const Hdf5Id type(H5Aget_type(attribute));
    const Hdf5Id space(H5Aget_space(attribute));
    if (!type.valid() || !space.valid())
        return std::nullopt;
    const H5S_class_t spaceClass = H5Sget_simple_extent_type(space);
    const std::int64_t count = spaceClass == H5S_NULL ? 0 : H5Sget_simple_extent_npoints(space);
    const H5T_class_t typeClass = H5Tget_class(type);
    if (spaceClass == H5S_SIMPLE && typeClass == H5T_INTEGER && count > 1 && count <= longestVector) {
        std::vector<std::int64_t> values(static_cast<std::size_t>(count));
        if (H5Aread(attribute, H5T_NATIVE_INT64, values.data()) < 0)
            return std::nullopt;
        return values;
    }
    if (count != 1) // a vector of one value counts as that value
        return std::nullopt;
    if (typeClass == H5T_STRING) {
        if (auto text = readText(attribute, type); text && isUtf8(*text))
            return *std::move(text);
    } else if (typeClass == H5T_INTEGER) {
        std::int64_t value = 0;
        if (H5Aread(attribute, H5T_NATIVE_INT64, &value) >= 0)
            return value;
    } else if (typeClass == H5T_FLOAT) {
        double value = 0;
        if (H5Aread(attribute, H5T_NATIVE_DOUBLE, &value) >= 0)
            return value;
    } else if (classifyHdf5Type(type, {}).dtype == DType::Bool) {
        std::int8_t value = 0;
        if (H5Aread(attribute, type, &value) >= 0)
            return value != 0;
    }
    return std::nullopt;
}

bool writeValue(hid_t object, const std::string &name, hid_t type, hid_t space, const void *value)
{
    const Hdf5Id attribute(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT));
    return attribute.valid() && H5Awrite(attribute, type, value) >= 0;
}

bool holdsNumbers(hid_t object, const char *name)
{
    const Hdf5Id attribute(H5Aopen(object, name, H5P_DEFAULT));
    const Hdf5Id type(attribute.valid() ? H5Aget_type(attribute) : H5I_INVALID_HID);
    const H5T_class_t typeClass = type.valid() ? H5Tget_class(type) : H5T_NO_CLASS;
    return typeClass == H5T_INTEGER || typeClass == H5T_FLOAT;
}

bool writeOne(hid_t object, const std::string &name, const AttributeValue &value)
{
    if (std::holds_alternative<UnreadAttribute>(value))
        return true;
    const Hdf5Id scalar(H5Screate(H5S_SCALAR));
    if (const auto *flag = std::get_if<bool>(&value)) {
        const Hdf5Id type = makeHdf5Type(DType::Bool);
        const std::int8_t byte = *flag ? 1 : 0;
        return writeValue(object, name, type, scalar, &byte);
    }
    if (const auto *integer = std::get_if<std::int64_t>(&value))
        return writeValue(object, name, H5T_STD_I64LE, scalar, integer);
    if (const auto *real = std::get_if<double>(&value))
        return writeValue(object, name, H5T_IEEE_F64LE, scalar, real);
    if (const auto *text = std::get_if<std::string>(&value)) {
        const Hdf5Id type(H5Tcopy(H5T_C_S1));
        H5Tset_size(type, H5T_VARIABLE);
        H5Tset_cset(type, H5T_CSET_UTF8);
        const char *pointer = text->c_str();
        return writeValue(object, name, type, scalar, &pointer);
    }
    const auto &values = std::get<std::vector<std::int64_t>>(value);
    const hsize_t count = values.size();
    const Hdf5Id vector(H5Screate_simple(1, &count, nullptr));
    return writeValue(object, name, H5T_STD_I64LE, vector, values.data());
}

} // namespace

Attributes readHdf5Attributes(hid_t object)
{
    struct Found {
        std::vector<std::string> names;
        Hdf5Callback callback;
    } found;
    const auto collect = [](hid_t, const char *name, const H5A_info_t *, void *data) -> herr_t {
        auto &into = *static_cast<Found *>(data);
        return into.callback.run([&] {
            into.names.emplace_back(name);
            return into.names.size() >= mostAttributes ? 1 : 0;
        });
    };
    hsize_t position = 0;
    H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &position, collect, &found);
    found.callback.rethrow();
    Attributes attributes;
    for (const std::string &name : found.names)
        if (isPlainText(name))
            attributes.emplace(
                name, readHdf5Attribute(object, name.c_str()).value_or(UnreadAttribute{holdsNumbers(object, name.c_str())}));
    return attributes;
}

std::optional<AttributeValue> readHdf5Attribute(hid_t object, const char *name)
{
    if (H5Aexists(object, name) <= 0)
        return std::nullopt;
    const Hdf5Id attribute(H5Aopen(object, name, H5P_DEFAULT));
    return attribute.valid() ? readValue(attribute) : std::nullopt;
}

bool writeHdf5Attributes(hid_t object, const Attributes &attributes)
{
    for (const auto &[name, value] : attributes)
        if (!writeOne(object, name, value))
            return false;
    return true;
}

} // namespace nms
