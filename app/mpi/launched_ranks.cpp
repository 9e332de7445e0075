// SPDX-License-Identifier: Apache-2.0
#include "app/mpi/launched_ranks.h"

#include "app/mpi/mpi_module.h"
#include "core/jobs/job.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <string>
#include <thread>

namespace nms {

namespace {

namespace fs = std::filesystem;

/// The number of processes, as Open MPI, MPICH and Slurm tell them; 0 if none of these has started this one. (Slurm sets
/// SLURM_NTASKS for every job, but the interface of processes only where srun was asked for it.)
int launchedProcesses()
{
    for (const char *name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
        if (const char *text = std::getenv(name))
            return std::atoi(text);
    const char *tasks = std::getenv("SLURM_NTASKS");
    return std::getenv("PMIX_RANK") != nullptr && tasks != nullptr ? std::atoi(tasks) : 0;
}

/// Beside the program where it was built, below lib/ where it is installed. Empty if it is not there.
std::string moduleFile()
{
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const fs::path &file : {program / "nms_mpi.so", program / "../lib/nmscope/nms_mpi.so"})
        if (fs::is_regular_file(file, ignored))
            return file.lexically_normal().string();
    return {};
}

class MpiRanks : public LaunchedRanks
{
public:
    explicit MpiRanks(const NmsMpi &mpi) : m_mpi(mpi) { }

    int rank() const override { return m_mpi.rank; }
    int size() const override { return m_mpi.size; }
    int rankOnMachine() const override { return m_mpi.rankOnMachine; }
    Status waitForAll(const std::stop_token &stop) override
    {
        m_mpi.beginBarrier();
        auto pause = std::chrono::microseconds(100);
        while (m_mpi.barrierDone() == 0) {
            if (stop.stop_requested())
                return fail(jobs::cancelled());
            std::this_thread::sleep_for(pause);
            pause = std::min(2 * pause, std::chrono::microseconds(20'000));
        }
        return {};
    }
    void leave() override { m_mpi.leave(); }

private:
    const NmsMpi &m_mpi;
};

} // namespace

Result<std::unique_ptr<LaunchedRanks>> joinLaunchedRanks()
{
    const int processes = launchedProcesses();
    if (processes < 2)
        return std::unique_ptr<LaunchedRanks>();
    const std::string launched = "mpirun with " + std::to_string(processes) + " processes";
    const std::string file = moduleFile();
    if (file.empty())
        return fail(ErrorKind::Device, launched, "this nmscope was built without MPI",
                    "install libopenmpi-dev and build again, or start nmscope without mpirun");
    // Open MPI loads components of its own, which need its symbols.
    void *module = dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
    void *join = module != nullptr ? dlsym(module, "nmsMpiJoin") : nullptr;
    if (join == nullptr)
        return fail(ErrorKind::Device, file, std::string("cannot be loaded: ") + dlerror(),
                    "install the MPI that nmscope was built with (openmpi-bin)");
    const NmsMpi *mpi = reinterpret_cast<const NmsMpi *(*)()>(join)();
    if (mpi == nullptr || mpi->size != processes)
        return fail(ErrorKind::Device, launched, "MPI does not connect the processes",
                    "use the mpirun of the MPI that nmscope was built with (openmpi-bin)");
    return std::make_unique<MpiRanks>(*mpi);
}

bool hasMpi()
{
    return !moduleFile().empty();
}

} // namespace nms
