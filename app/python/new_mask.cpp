// SPDX-License-Identifier: Apache-2.0
#include "app/python/new_mask.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace nb = nanobind;

namespace nms::python {

namespace {

constexpr const char *unused = "dltensor"; // the name of a capsule whose tensor nobody has taken yet, by DLPack

void packByRows(std::span<const std::int64_t> shape, std::span<std::int64_t> strides)
{
    std::int64_t step = 1;
    for (std::size_t d = shape.size(); d-- > 0;) {
        strides[d] = step;
        step *= shape[d];
    }
}

/// What an index moves by, but for dimensions of one entry, which have no next one.
bool areStrides(const MemoryTensor &weights, std::span<const std::int64_t> strides)
{
    for (std::size_t d = 0; d < strides.size(); ++d)
        if (weights.shape[d] != 1 && weights.strides[d] != strides[d])
            return false;
    return true;
}

/// Those of the weights if they are dense, else of an array that is packed by rows.
void fillStrides(const MemoryTensor &weights, std::span<std::int64_t> strides)
{
    packByRows(weights.shape, strides);
    if (areStrides(weights, strides))
        return;
    std::vector<std::size_t> byStep(strides.size()); // the dimension whose entries are neighbours first
    std::iota(byStep.rbegin(), byStep.rend(), std::size_t(0));
    std::ranges::stable_sort(byStep, {}, [&](std::size_t d) { return weights.strides[d]; });
    std::int64_t step = 1;
    for (const std::size_t d : byStep) {
        strides[d] = step;
        step *= weights.shape[d];
    }
    if (!areStrides(weights, strides))
        packByRows(weights.shape, strides);
}

} // namespace

/// Begins as DLPack's DLManagedTensor.
struct NewMask::Managed {
    nb::dlpack::dltensor tensor{};
    void *context = nullptr;
    void (*deleter)(Managed *) = nullptr;
    std::vector<std::int64_t> extents; // the shape, then the strides
    std::unique_ptr<std::byte[]> data;
};

void NewMask::release(Managed *managed)
{
    delete managed;
}

NewMask::NewMask(const MemoryTensor &weights) : m_managed(new Managed)
{
    Managed &mask = *m_managed;
    const std::size_t dimensions = weights.shape.size();
    mask.extents.resize(2 * dimensions);
    const std::span<std::int64_t> extents(mask.extents);
    std::ranges::copy(weights.shape, extents.begin());
    fillStrides(weights, extents.subspan(dimensions));
    std::int64_t size = 1;
    for (const std::int64_t one : weights.shape)
        size *= one;
    mask.data = std::make_unique_for_overwrite<std::byte[]>(std::size_t(size));
    mask.tensor.data = mask.data.get();
    mask.tensor.device = {nb::device::cpu::value, 0};
    mask.tensor.ndim = std::int32_t(dimensions);
    mask.tensor.dtype = {std::uint8_t(nb::dlpack::dtype_code::Bool), 8, 1};
    mask.tensor.shape = mask.extents.data();
    mask.tensor.strides = mask.extents.data() + dimensions;
    mask.deleter = &NewMask::release;
}

jobs::MaskMemory NewMask::memory() const
{
    jobs::MaskMemory memory;
    memory.data = m_managed->data.get();
    memory.strides.assign(m_managed->tensor.strides, m_managed->tensor.strides + m_managed->tensor.ndim);
    return memory;
}

nb::object NewMask::handOver()
{
    const auto destroy = [](PyObject *capsule) {
        if (PyCapsule_IsValid(capsule, unused) != 0)
            release(static_cast<Managed *>(PyCapsule_GetPointer(capsule, unused)));
    };
    PyObject *capsule = PyCapsule_New(m_managed.get(), unused, destroy);
    if (capsule == nullptr)
        nb::raise_python_error();
    (void)m_managed.release(); // it belongs to the capsule
    return nb::steal(capsule);
}

} // namespace nms::python
