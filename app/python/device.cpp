// SPDX-License-Identifier: Apache-2.0
// nmscope.solve of arrays in the memory of a CUDA device, on the caller's stream.
#include "app/backends/backends.h"
#include "app/python/arrays.h"
#include "app/python/errors.h"
#include "app/python/figures.h"
#include "app/python/topics.h"
#include "core/base/checked.h"
#include "core/jobs/solve_device.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nb = nanobind;

namespace nms::python {

namespace {

/// The figures of an enqueued solve, read from the device when somebody asks. Holds their memory until then.
class DeviceFigures
{
public:
    DeviceFigures(jobs::DeviceTask task, std::shared_ptr<DeviceSolver> solver, std::unique_ptr<StartedSolve> started,
                  WriteArray memory, bool tiles)
        : m_task(std::move(task)), m_solver(std::move(solver)), m_started(std::move(started)), m_memory(std::move(memory)),
          m_tiles(tiles)
    { }

    /// With the GIL, which is released while the device works.
    const jobs::SolvedMemory &get()
    {
        {
            const nb::gil_scoped_release released;
            const std::scoped_lock lock(m_mutex);
            if (!m_solved)
                m_solved = jobs::readFromDevice(m_task, *m_started, *m_solver, m_tiles);
        }
        m_memory = {};
        if (!*m_solved)
            raise(m_solved->error());
        return **m_solved;
    }

private:
    const jobs::DeviceTask m_task;
    const std::shared_ptr<DeviceSolver> m_solver;
    const std::unique_ptr<StartedSolve> m_started;
    WriteArray m_memory; // of the figures
    const bool m_tiles;
    std::mutex m_mutex; // guards m_solved
    std::optional<Result<jobs::SolvedMemory>> m_solved;
};

/// A solve that is checked, and waits for the memory that it needs.
class DeviceSolve
{
public:
    DeviceSolve(jobs::DeviceTask task, std::shared_ptr<DeviceSolver> solver, int device, bool tiles)
        : m_task(std::move(task)), m_solver(std::move(solver)), m_device(device), m_tiles(tiles)
    { }

    std::int64_t scratchBytes() const { return m_task.space.scratch; }
    std::int64_t figureBytes() const { return m_task.space.figures; }

    std::unique_ptr<DeviceFigures> start(const WriteArray &scratch, const WriteArray &figures, std::uintptr_t stream) const
    {
        std::byte *const scratchData = bytesOf(scratch, "scratch", m_task.space.scratch);
        std::byte *const figureData = bytesOf(figures, "figures", m_task.space.figures);
        Result<std::unique_ptr<StartedSolve>> started = [&] {
            const nb::gil_scoped_release released; // a queue that is full makes the caller wait
            return m_solver->start(m_task.problem, m_task.options, scratchData, figureData, stream);
        }();
        return std::make_unique<DeviceFigures>(m_task, m_solver, valueOr(std::move(started)), figures, m_tiles);
    }

private:
    std::byte *bytesOf(const WriteArray &array, const char *name, std::int64_t bytes) const
    {
        constexpr std::uintptr_t alignment = 256;
        const auto *data = static_cast<std::byte *>(array.data());
        const bool fits = array.device_type() == nb::device::cuda::value && array.device_id() == m_device &&
            std::int64_t(array.nbytes()) >= bytes && reinterpret_cast<std::uintptr_t>(data) % alignment == 0;
        if (!fits)
            raiseUsage(name,
                       "is not aligned memory of cuda:" + std::to_string(m_device) + " of " + std::to_string(bytes) +
                           " bytes");
        return static_cast<std::byte *>(array.data());
    }

    const jobs::DeviceTask m_task;
    const std::shared_ptr<DeviceSolver> m_solver;
    const int m_device;
    const bool m_tiles;
};

std::unique_ptr<DeviceSolve> prepare(const std::shared_ptr<DeviceSolver> &solver, int device, const ReadArray &weights,
                                     const std::string &dtype, const WriteArray &out, const SolveOptions &options,
                                     const std::string &axes, const std::optional<ReadArray> &score, bool tiles,
                                     bool compare)
{
    const MemoryTensor memory = deviceMemoryOf(weights, "weights", axes, dtype, device);
    const jobs::MaskMemory mask = deviceMaskOf(out, memory.shape, device);
    std::optional<MemoryTensor> scores;
    if (score)
        scores = deviceMemoryOf(*score, "score", axes, {}, device);
    return std::make_unique<DeviceSolve>(
        valueOr(jobs::prepareOnDevice(memory, scores ? &*scores : nullptr, mask, options, compare, *solver)), solver, device,
        tiles);
}

/// An array of bytes of that shape, for libraries that cannot make one themselves.
nb::ndarray<std::uint8_t, nb::array_api> bytesOn(const std::shared_ptr<DeviceSolver> &solver, int device,
                                                 const std::vector<std::size_t> &shape)
{
    std::vector<std::int64_t> sizes(shape.begin(), shape.end());
    const std::optional<std::int64_t> bytes = checkedProduct(sizes);
    if (!bytes)
        raiseUsage("shape", "has more bytes than memory can have");
    auto memory = std::make_unique<std::shared_ptr<std::byte>>(valueOr(solver->take(*bytes)));
    void *const data = memory->get();
    const nb::capsule owner(memory.release(),
                            [](void *held) noexcept { delete static_cast<std::shared_ptr<std::byte> *>(held); });
    return {data, shape.size(), shape.data(), owner, nullptr, nb::dtype<std::uint8_t>(), nb::device::cuda::value, device};
}

std::shared_ptr<DeviceSolver> solverOf(int device)
{
    Result<std::shared_ptr<DeviceSolver>> solver = [&] {
        const nb::gil_scoped_release released; // starting the driver takes a second
        return deviceSolver(device);
    }();
    return valueOr(std::move(solver));
}

} // namespace

void addDevice(nb::module_ &module)
{
    const nb::class_<DeviceSolver> solvers(module, "DeviceSolver"); // Python only hands it on
    module.def("device_solver", solverOf, nb::arg("device"));
    module.def("bytes_on_device", bytesOn, nb::arg("solver"), nb::arg("device"), nb::arg("shape"));
    nb::class_<DeviceFigures> figures(module, "DeviceFigures");
    addFigures(figures, [](DeviceFigures &read) -> const jobs::SolvedMemory & { return read.get(); });
    nb::class_<DeviceSolve>(module, "DeviceSolve")
        .def_prop_ro("scratch_bytes", &DeviceSolve::scratchBytes)
        .def_prop_ro("figure_bytes", &DeviceSolve::figureBytes)
        .def("start", &DeviceSolve::start, nb::arg("scratch"), nb::arg("figures"), nb::arg("stream"));
    module.def("prepare_on_device", prepare, nb::arg("solver"), nb::arg("device"), nb::arg("weights"), nb::arg("dtype"),
               nb::arg("out"), nb::arg("options"), nb::arg("axes"), nb::arg("score").none(), nb::arg("tiles"),
               nb::arg("compare"));
}

} // namespace nms::python
