// SPDX-License-Identifier: Apache-2.0
// The functions of nms_mpi.so, the only part of nmscope that is linked with MPI. The program loads it when mpirun has
// started it, so that it starts as fast and installs as easily without MPI.
#pragma once

extern "C" {

struct NmsMpi {
    int rank;
    int size;
    int rankOnMachine;
    void (*beginBarrier)();
    int (*barrierDone)(); // 1 once every process has begun it
    void (*leave)(); // once, after the job; without it the launcher ends the other processes when this one exits
};

/// Joins the processes of mpirun; null where MPI cannot start. To be called once.
const NmsMpi *nmsMpiJoin();
}
