// SPDX-License-Identifier: Apache-2.0
// The helper that writes: rows of datasets into an HDF5 file that exists.
#pragma once

#include "core/base/child_process.h"
#include "core/io/hdf5/rows.h"
#include "core/io/hdf5/shared_window.h"

#include <iosfwd>
#include <string>

namespace nms {

/// Answers the requests of hdf5Helper::writing. The library sees the file through a driver that keeps what fails: a full
/// disk is told, where it would crash the library. One thread.
class RowWriter
{
public:
    RowWriter() = default;
    RowWriter(const RowWriter &) = delete;
    ~RowWriter();

    /// Bytes of the answer in the window: none.
    Result<std::int64_t> answer(const std::string &line);

private:
    Status open();
    Status writeRows(std::istream &request);
    Status finish();
    /// `done`, unless something below the library failed.
    Status checked(const Status &done) const;

    int m_error = 0; // errno of the first write that failed; outlives the file
    Hdf5Id m_file;
    std::string m_path; // of the open dataset
    Hdf5Dataset m_dataset;
    SharedWindow m_window{ChildProcess::sharedDescriptor};
};

} // namespace nms
