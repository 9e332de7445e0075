// SPDX-License-Identifier: Apache-2.0
// A CUDA device made of the CPU's memory and of host lanes, for tests of nmscope's Python on machines without a GPU.
#include "gpu/cuda/host_lanes/host_lanes.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/shared_ptr.h>

#include <memory>
#include <vector>

namespace nb = nanobind;

namespace {

using Array = nb::ndarray<>;

/// The same memory on another kind of device.
nb::ndarray<nb::array_api> retold(const Array &array, int device, int index)
{
    std::vector<std::size_t> shape(array.ndim());
    std::vector<std::int64_t> strides(array.ndim());
    for (std::size_t k = 0; k < array.ndim(); ++k) {
        shape[k] = array.shape(k);
        strides[k] = array.stride(k);
    }
    return {array.data(), array.ndim(), shape.data(), nb::cast(array), strides.data(), array.dtype(), device, index};
}

} // namespace

NB_MODULE(nms_host_lanes, module)
{
    nb::module_::import_("nmscope._core"); // knows DeviceSolver
    module.def("solver", [] { return std::shared_ptr<nms::DeviceSolver>(nms::makeHostDeviceSolver()); });
    module.def("as_cuda", [](const Array &array, int index) { return retold(array, nb::device::cuda::value, index); });
    module.def("as_cpu", [](const Array &array) { return retold(array, nb::device::cpu::value, 0); });
}
