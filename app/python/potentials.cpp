// SPDX-License-Identifier: Apache-2.0
#include "app/python/potentials.h"

#include "app/python/topics.h"

#include <algorithm>
#include <cstdint>

namespace nb = nanobind;

namespace nms::python {

namespace {

std::int64_t solvedTiles(Potentials &potentials)
{
    const nb::gil_scoped_release released; // a solve may hold the lock for long
    const std::scoped_lock lock(potentials.mutex);
    return std::count(potentials.tiles.known.begin(), potentials.tiles.known.end(), 1);
}

} // namespace

void addPotentials(nb::module_ &module)
{
    nb::class_<Potentials>(module, "Potentials")
        .def(nb::init<>())
        .def_prop_ro("tiles", solvedTiles)
        // A copy, also one that was stored, begins anew: nothing but time is lost.
        .def("__reduce__", [](const Potentials &) { return nb::make_tuple(nb::type<Potentials>(), nb::tuple()); });
}

} // namespace nms::python
