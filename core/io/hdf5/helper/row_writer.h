// SPDX-License-Identifier: Apache-2.0
// The helper for writing: rows of datasets in an existing HDF5 file.
#pragma once

#include "core/base/child_process.h"
#include "core/io/hdf5/rows.h"
#include "core/io/hdf5/shared_window.h"

#include <iosfwd>
#include <string>

namespace nms {

/// Handles the requests of hdf5Helper::writing. The library uses a file driver that records failures (output_driver.h): a
/// full disk is reported as an error instead of crashing the library. One thread.
class RowWriter
{
public:
    RowWriter() = default;
    RowWriter(const RowWriter &) = delete;
    ~RowWriter();

    /// Handles a request; returns the number of bytes of the answer in the shared memory: 0.
    Result<std::int64_t> answer(const std::string &line);

private:
    Status open();
    Status writeRows(std::istream &request);
    Status finish();
    /// `done`, or the error of a write that failed in the file driver.
    Status checked(const Status &done) const;

    int m_error = 0; // errno of the first write that failed; outlives the file
    Hdf5Id m_file;
    std::string m_path; // of the open dataset
    Hdf5Dataset m_dataset;
    SharedWindow m_window{ChildProcess::sharedDescriptor};
};

} // namespace nms
