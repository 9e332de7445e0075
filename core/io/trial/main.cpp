// SPDX-License-Identifier: Apache-2.0
// nms_hdf5_trial FILE: reads all of an HDF5 file's structure and says nothing, for whoever wants to know beforehand whether
// libhdf5 survives that (core/io/hdf5_trial.h).
#include "core/io/hdf5_file.h"
#include "core/io/regular_file.h"

#include <algorithm>
#include <cstdlib>
#include <sys/resource.h>
#include <unistd.h>

namespace {

constexpr rlim_t mostSeconds = 10; // of processor time: thousands of datasets take one

void limit(int resource, rlim_t most)
{
    rlimit limits{};
    getrlimit(resource, &limits);
    limits.rlim_cur = std::min(limits.rlim_max, most);
    setrlimit(resource, &limits);
}

void readStructure(const std::string &name)
{
    const auto file = nms::RegularFile::open(name);
    if (!file)
        return;
    const auto source = nms::Hdf5File::open(name, file->size());
    if (!source)
        return;
    for (const nms::TensorInfo &tensor : (*source)->tensors()) {
        (*source)->attributes(tensor);
        (*source)->walkChunks(tensor);
    }
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, mostSeconds);
    readStructure(argv[1]);
    _exit(EXIT_SUCCESS); // what the library does at its end is not the question
}
