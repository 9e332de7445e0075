// SPDX-License-Identifier: Apache-2.0
#include "app/python/arrays.h"

#include "app/python/errors.h"
#include "core/base/checked.h"

namespace nb = nanobind;

namespace nms::python {

namespace {

using Code = nb::dlpack::dtype_code;

DType dtypeOf(nb::dlpack::dtype type)
{
    if (type.lanes != 1)
        return DType::Other;
    const int bits = type.bits;
    switch (Code(type.code)) {
    case Code::Float:
        return bits == 16 ? DType::F16 : bits == 32 ? DType::F32 : bits == 64 ? DType::F64 : DType::Other;
    case Code::Bfloat:
        return bits == 16 ? DType::BF16 : DType::Other;
    case Code::Bool:
        return bits == 8 ? DType::Bool : DType::Other;
    case Code::UInt:
        return bits == 8 ? DType::U8
            : bits == 16 ? DType::U16
            : bits == 32 ? DType::U32
            : bits == 64 ? DType::U64
                         : DType::Other;
    case Code::Int:
        return bits == 8 ? DType::I8
            : bits == 16 ? DType::I16
            : bits == 32 ? DType::I32
            : bits == 64 ? DType::I64
                         : DType::Other;
    default:
        return DType::Other;
    }
}

bool isOnCpu(const nb::ndarray<nb::ro> &array)
{
    constexpr int cudaHost = 3; // kDLCUDAHost: pinned memory
    return array.device_type() == nb::device::cpu::value || array.device_type() == cudaHost;
}

[[noreturn]] void raiseType(const std::string &text)
{
    throw nb::type_error(text.c_str());
}

/// Whatever device it lies on.
MemoryTensor describe(const nb::ndarray<nb::ro> &array, const std::string &name, const std::string &axes,
                      const std::string &dtype, bool anyType)
{
    MemoryTensor memory;
    memory.path = name;
    memory.axes = axes;
    memory.dtype = dtype == "bf16" ? DType::BF16 : dtypeOf(array.dtype());
    if (memory.dtype == DType::Other || (!anyType && !isWeight(memory.dtype)))
        raiseType(name + ": holds " +
                  (memory.dtype == DType::Other ? "elements of a type that is not known here"
                                                : std::string(nameOf(memory.dtype))) +
                  ", not floating-point numbers (f16, bf16, f32 or f64)");
    bool isEmpty = false;
    for (std::size_t i = 0; i < array.ndim(); ++i) {
        memory.shape.push_back(std::int64_t(array.shape(i)));
        memory.strides.push_back(array.stride(i));
        isEmpty = isEmpty || array.shape(i) == 0;
    }
    memory.data = static_cast<const std::byte *>(array.data());
    if (memory.data == nullptr && !isEmpty)
        raise({ErrorKind::Input, name, "has no memory: it was given back", "hand over a tensor that holds its values"});
    return memory;
}

jobs::MaskMemory describeMask(const nb::ndarray<> &array, const std::vector<std::int64_t> &shape)
{
    const DType type = dtypeOf(array.dtype());
    if (type != DType::Bool && type != DType::U8 && type != DType::I8)
        raiseUsage("out", "holds " + std::string(nameOf(type)), "give an array of bool or uint8");
    bool fits = array.ndim() == shape.size();
    jobs::MaskMemory memory;
    for (std::size_t i = 0; i < array.ndim(); ++i) {
        fits = fits && std::int64_t(array.shape(i)) == shape[i];
        memory.strides.push_back(array.stride(i));
    }
    if (!fits)
        raiseUsage("out", "has another shape than the weights", "give an array of their shape");
    memory.data = static_cast<std::byte *>(array.data());
    if (memory.data == nullptr && checkedProduct(shape).value_or(1) != 0)
        raiseUsage("out", "has no memory: it was given back", "give an array that holds values");
    return memory;
}

void requireDevice(int type, int index, const std::string &name, int device)
{
    if (type != nb::device::cuda::value || index != device)
        raiseUsage(name, "does not lie on cuda:" + std::to_string(device) + ", as the weights do",
                   "move it to their device first");
}

} // namespace

MemoryTensor memoryOf(const ReadArray &array, const std::string &name, const std::string &axes, const std::string &dtype,
                      bool anyType)
{
    if (!isOnCpu(array))
        raise({ErrorKind::Unsupported, name, "lies on a device, where this is not done in place",
               "hand over a copy in the CPU's memory"});
    return describe(array, name, axes, dtype, anyType);
}

MemoryTensor deviceMemoryOf(const ReadArray &array, const std::string &name, const std::string &axes,
                            const std::string &dtype, int device)
{
    requireDevice(array.device_type(), array.device_id(), name, device);
    return describe(array, name, axes, dtype, false);
}

jobs::MaskMemory maskMemoryOf(const WriteArray &array, const std::vector<std::int64_t> &shape)
{
    if (array.device_type() != nb::device::cpu::value)
        raiseUsage("out", "lies on another device than the weights", "give an array in the CPU's memory");
    return describeMask(array, shape);
}

jobs::MaskMemory deviceMaskOf(const WriteArray &array, const std::vector<std::int64_t> &shape, int device)
{
    requireDevice(array.device_type(), array.device_id(), "out", device);
    return describeMask(array, shape);
}

std::span<std::byte> packedBytesOf(const WriteArray &array, const MemoryTensor &weights)
{
    std::int64_t size = 1;
    bool fits = array.ndim() == weights.shape.size() && array.device_type() == nb::device::cpu::value &&
        std::int64_t(array.itemsize()) == bytesOf(weights.dtype);
    for (std::size_t i = array.ndim(); fits && i-- > 0;) {
        fits = std::int64_t(array.shape(i)) == weights.shape[i] && (array.shape(i) == 1 || array.stride(i) == size);
        size *= std::int64_t(array.shape(i));
    }
    if (!fits)
        raiseUsage("out", "is no packed array of the weights' shape and type");
    return {static_cast<std::byte *>(array.data()), std::size_t(size * bytesOf(weights.dtype))};
}

} // namespace nms::python
