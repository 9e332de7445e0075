// SPDX-License-Identifier: Apache-2.0
// Arrays of any library (DLPack, the buffer protocol) as memory that jobs take. Nothing is copied.
#pragma once

#include "core/io/memory_source.h"
#include "core/jobs/mask_memory.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <string>

namespace nms::python {

/// As Python hands it over: the array is held until the call returns.
using ReadArray = nanobind::ndarray<nanobind::ro>;
using WriteArray = nanobind::ndarray<>;

/// `name` is the argument's, for errors. `dtype` where the array cannot say it ("bf16" in the bits of uint16), else empty.
/// TypeError for elements that are no floating-point numbers (with `anyType`: that are nothing we know); UnsupportedError
/// for memory that the CPU does not reach; InputError where memory was given back already.
MemoryTensor memoryOf(const ReadArray &array, const std::string &name, const std::string &axes = {},
                      const std::string &dtype = {}, bool anyType = false);

/// The same of an array in the memory of CUDA device `device`, which is not touched. UsageError where it lies elsewhere.
MemoryTensor deviceMemoryOf(const ReadArray &array, const std::string &name, const std::string &axes,
                            const std::string &dtype, int device);

/// Of bool or 8-bit integers, of that shape. UsageError otherwise.
jobs::MaskMemory maskMemoryOf(const WriteArray &array, const std::vector<std::int64_t> &shape);

/// The same of an array in the memory of CUDA device `device`.
jobs::MaskMemory deviceMaskOf(const WriteArray &array, const std::vector<std::int64_t> &shape, int device);

/// Packed, of the same shape and type as `weights`. UsageError otherwise.
std::span<std::byte> packedBytesOf(const WriteArray &array, const MemoryTensor &weights);

} // namespace nms::python
