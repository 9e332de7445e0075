// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/helper/row_writer.h"

#include "core/io/disk/regular_file.h"
#include "core/io/hdf5/helper.h"
#include "core/io/hdf5/output_driver.h"

#include <cerrno>
#include <sstream>

namespace nms {

RowWriter::~RowWriter()
{
    silenceHdf5(); // the handles are closed after this
}

Status RowWriter::checked(const Status &done) const
{
    if (m_error == 0)
        return done;
    const bool isFull = m_error == ENOSPC || m_error == EDQUOT;
    return fail(ErrorKind::Io, {}, "cannot be written: " + systemText(m_error),
                isFull ? "free some space or write to another folder" : "write to another folder");
}

Result<std::int64_t> RowWriter::answer(const std::string &line)
{
    std::istringstream request(line);
    std::string word;
    request >> word;
    Status done = open();
    if (done && word == hdf5Helper::writeRows)
        done = writeRows(request);
    else if (done && word == hdf5Helper::finishWriting)
        done = finish();
    else if (done)
        done = fail(ErrorKind::Internal, {}, "got an unknown request");
    if (Status written = checked(done); !written)
        return fail(written.error());
    return 0;
}

Status RowWriter::open()
{
    if (m_file.valid())
        return {};
    silenceHdf5();
    const Hdf5Id access = hdf5OutputAccess(ChildProcess::inputDescriptor, m_error);
    m_file = Hdf5Id(access.valid() ? H5Fopen("copy", H5F_ACC_RDWR, access) : H5I_INVALID_HID);
    if (!m_file.valid())
        return fail(ErrorKind::Io, {}, "cannot be opened for writing: " + hdf5ErrorText());
    return {};
}

Status RowWriter::writeRows(std::istream &request)
{
    std::int64_t row0 = 0, rows = 0, bytes = 0, elementBytes = 0;
    Hdf5Record record;
    request >> row0 >> rows >> bytes >> elementBytes >> record.chunkRowBytes >> record.chunkBytes;
    std::string path;
    request.ignore(1);
    std::getline(request, path);
    if (m_path != path) {
        m_path.clear();
        if (Status closed = m_dataset.close(); !closed)
            return closed;
        if (Status opened = m_dataset.open(m_file, path, record, elementBytes); !opened)
            return opened;
        m_path = path;
    }
    const auto window = m_window.map(bytes);
    if (!window)
        return fail(window.error());
    return m_dataset.write(row0, rows, *window);
}

Status RowWriter::finish()
{
    m_path.clear();
    if (Status closed = m_dataset.close(); !closed)
        return closed;
    if (!m_file.close())
        return fail(ErrorKind::Io, {}, "cannot be written: " + hdf5ErrorText());
    return {};
}

} // namespace nms
