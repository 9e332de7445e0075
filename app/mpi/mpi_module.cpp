// SPDX-License-Identifier: Apache-2.0
#include "app/mpi/mpi_module.h"

#include <mpi.h>

namespace {

MPI_Request barrier = MPI_REQUEST_NULL;

void beginBarrier()
{
    MPI_Ibarrier(MPI_COMM_WORLD, &barrier);
}

int barrierDone()
{
    int done = 0;
    MPI_Test(&barrier, &done, MPI_STATUS_IGNORE);
    return done;
}

void leave()
{
    MPI_Finalize();
}

} // namespace

const NmsMpi *nmsMpiJoin()
{
    static NmsMpi mpi = {0, 1, 0, beginBarrier, barrierDone, leave};
    if (MPI_Init(nullptr, nullptr) != MPI_SUCCESS)
        return nullptr;
    MPI_Comm machine = MPI_COMM_NULL;
    MPI_Comm_rank(MPI_COMM_WORLD, &mpi.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &mpi.size);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    MPI_Comm_rank(machine, &mpi.rankOnMachine);
    MPI_Comm_free(&machine);
    return &mpi;
}
