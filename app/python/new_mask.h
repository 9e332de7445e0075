// SPDX-License-Identifier: Apache-2.0
// A mask in memory of our own, which a library takes over through DLPack: faster than to ask the library for memory first.
#pragma once

#include "core/io/memory_source.h"
#include "core/jobs/mask_memory.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <memory>

namespace nms::python {

/// Of bool, with the shape of the weights, and with the order of their dimensions in memory where they are dense (as
/// torch.empty_like), else by rows. Not initialised. std::bad_alloc where there is not enough memory.
class NewMask
{
public:
    explicit NewMask(const MemoryTensor &weights);

    /// Valid until handOver().
    jobs::MaskMemory memory() const;

    /// A capsule named "dltensor", as from_dlpack() takes it; the memory goes with it. Once; called with the GIL.
    nanobind::object handOver();

private:
    struct Managed;
    static void release(Managed *managed);
    struct Release {
        void operator()(Managed *managed) const { release(managed); }
    };

    std::unique_ptr<Managed, Release> m_managed;
};

} // namespace nms::python
