// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5_file.h"

#include "core/base/half.h"
#include "core/io/hdf5_attributes.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace nms {

namespace {

const char *const damagedRemedy = "the file is damaged or cut off; get it again";

bool trialWanted()
{
    const char *without = std::getenv("NMS_NO_TRIAL");
    return !without || !*without || *without == '0';
}

} // namespace

Result<std::unique_ptr<Hdf5File>> Hdf5File::open(const std::string &path, std::int64_t fileBytes,
                                                 const std::stop_token &stop, const std::string &helperProgram)
{
    silenceHdf5();
    std::unique_ptr<Hdf5File> source(new Hdf5File(path, fileBytes, stop, helperProgram));
    Hdf5ListingOptions options;
    options.fileBytes = fileBytes;
    options.goOn = [&stop] {
        return !stop.stop_requested();
    };
    options.isAvailable = [](H5Z_filter_t filter) {
        return H5Zfilter_avail(filter) > 0;
    };
    if (trialWanted()) {
        auto trial = source->m_helper.tryStructure(fileBytes);
        if (!trial)
            return fail(trial.error());
        // Asking the library would load plug-ins into this process.
        options.isAvailable = [missing = std::move(trial->missingFilters)](H5Z_filter_t filter) {
            return std::find(missing.begin(), missing.end(), filter) == missing.end();
        };
    }
    const Hdf5Id access = hdf5FileAccess();
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    source->m_file = Hdf5Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access));
    if (!source->m_file.valid())
        return fail(ErrorKind::Input, path, "cannot be opened as HDF5: " + hdf5ErrorText(), damagedRemedy);
    auto listing = listHdf5(source->m_file, path, options);
    if (!listing)
        return fail(listing.error());
    source->setTensors(std::move(listing->tensors));
    source->m_records = std::move(listing->records);
    source->m_skipped = std::move(listing->skipped);
    const Hdf5Id root(H5Gopen2(source->m_file, "/", H5P_DEFAULT));
    for (auto &[name, value] : readHdf5Attributes(root))
        if (auto *text = std::get_if<std::string>(&value))
            source->m_metadata.emplace(name, std::move(*text));
    return source;
}

Attributes Hdf5File::attributes(const TensorInfo &tensor)
{
    silenceHdf5();
    const auto index = indexOf(tensor);
    if (!index)
        return {};
    const Hdf5Id dataset(H5Dopen2(m_file, m_records[*index].openPath.c_str(), H5P_DEFAULT));
    return dataset.valid() ? readHdf5Attributes(dataset) : Attributes();
}

Status Hdf5File::openDataset(std::size_t index)
{
    if (m_openIndex == index)
        return {};
    m_openIndex.reset();
    m_chunks.reset();
    const TensorInfo &tensor = tensors()[index];
    const Hdf5Record &record = m_records[index];
    if (Status opened = m_dataset.open(m_file, record.openPath, record, bytesOf(tensor.dtype)); !opened)
        return opened;
    m_chunks = Hdf5ChunkReader::create(m_dataset.id(), m_dataset.type(), tensor, record, m_fileBytes);
    m_openIndex = index;
    return {};
}

/// Rows in the file's byte order.
Status Hdf5File::readStored(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    if (Status opened = openDataset(index); !opened)
        return opened;
    const TensorInfo &tensor = tensors()[index];
    if (m_chunks) {
        const std::string wrong = m_chunks->read(row0, rows, out);
        return wrong.empty() ? Status() : fail(ErrorKind::Input, {}, "cannot be read: " + wrong);
    }
    if (m_records[index].chunked) // by filters of the library, or of others
        return m_helper.readRows(tensor, m_records[index], row0, rows, out);
    return m_dataset.read(tensor.shape, row0, rows, out);
}

Status Hdf5File::readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    silenceHdf5();
    const TensorInfo &tensor = tensors()[index];
    try {
        if (Status read = readStored(index, row0, rows, out); !read) {
            const Error &error = read.error();
            if (!error.where.empty()) // it says all there is to say
                return read;
            return fail(error.kind, where(tensor),
                        "rows " + std::to_string(row0) + " to " + std::to_string(row0 + rows - 1) + " " + error.what,
                        error.remedy.empty() ? damagedRemedy : error.remedy);
        }
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, where(tensor), "needs more memory than there is", "read fewer rows at once");
    }
    if (m_records[index].bigEndian)
        swapBytes(out, bytesOf(tensor.dtype));
    return {};
}

} // namespace nms
