// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5_file.h"

#include "core/base/half.h"
#include "core/io/hdf5_attributes.h"

#include <algorithm>
#include <new>

namespace nms {

namespace {

constexpr std::int64_t largestCache = 256 << 20; // bytes of chunks kept for one dataset

const char *const damagedRemedy = "the file is damaged or cut off; get it again";

} // namespace

Result<std::unique_ptr<Hdf5File>> Hdf5File::open(const std::string &path, std::int64_t fileBytes)
{
    silenceHdf5();
    std::unique_ptr<Hdf5File> source(new Hdf5File(path));
    const Hdf5Id access = hdf5FileAccess();
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    source->m_file = Hdf5Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access));
    if (!source->m_file.valid())
        return fail(ErrorKind::Input, path, "cannot be opened as HDF5: " + hdf5ErrorText(), damagedRemedy);
    auto listing = listHdf5(source->m_file, path, fileBytes);
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

void Hdf5File::walkChunks(const TensorInfo &tensor)
{
    const auto index = indexOf(tensor);
    if (!index || m_records[*index].chunkRowBytes == 0)
        return;
    const Hdf5Id dataset(H5Dopen2(m_file, m_records[*index].openPath.c_str(), H5P_DEFAULT));
    const Hdf5Id space(dataset.valid() ? H5Dget_space(dataset) : H5I_INVALID_HID);
    hsize_t chunks = 0;
    if (space.valid())
        H5Dget_num_chunks(dataset, space, &chunks);
}

Status Hdf5File::openDataset(std::size_t index)
{
    if (m_dataset.valid() && m_openIndex == index)
        return {};
    m_chunks.reset();
    m_dataset.close();
    const Hdf5Record &record = m_records[index];
    const Hdf5Id access(H5Pcreate(H5P_DATASET_ACCESS));
    if (record.chunkRowBytes > 0) {
        // One row of chunks and one more chunk; the table of slots wants a prime well above the number of chunks.
        const std::int64_t cache = std::min(record.chunkRowBytes + record.chunkBytes, largestCache);
        H5Pset_chunk_cache(access, 12421, std::size_t(std::max<std::int64_t>(cache, 1 << 20)), 1.0);
    }
    m_dataset = Hdf5Id(H5Dopen2(m_file, record.openPath.c_str(), access));
    m_type = Hdf5Id(H5Dget_type(m_dataset));
    m_openIndex = index;
    if (!m_dataset.valid() || !m_type.valid())
        return fail(ErrorKind::Input, where(tensors()[index]), "cannot be opened: " + hdf5ErrorText(), damagedRemedy);
    if (H5Tget_size(m_type) != std::size_t(bytesOf(tensors()[index].dtype)))
        return fail(ErrorKind::Input, where(tensors()[index]), "changed while it was open", "open the file again");
    m_chunks = Hdf5ChunkReader::create(m_dataset, tensors()[index], record);
    return {};
}

Status Hdf5File::readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    silenceHdf5();
    if (Status opened = openDataset(index); !opened)
        return opened;
    const TensorInfo &tensor = tensors()[index];
    const auto inOrder = [&] {
        if (m_records[index].bigEndian)
            swapBytes(out, bytesOf(tensor.dtype));
        return Status();
    };
    try {
        if (m_chunks && m_chunks->read(row0, rows, out))
            return inOrder();
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, where(tensor), "needs more memory than there is", "read fewer rows at once");
    }
    const Hdf5Id fileSpace(H5Dget_space(m_dataset));
    const hsize_t elements = hsize_t(rows) * hsize_t(tensor.rawCols());
    const Hdf5Id memorySpace(H5Screate_simple(1, &elements, nullptr));
    if (!tensor.shape.empty()) {
        std::vector<hsize_t> start(tensor.shape.size(), 0);
        std::vector<hsize_t> count(tensor.shape.begin(), tensor.shape.end());
        start[0] = hsize_t(row0);
        count[0] = hsize_t(rows);
        H5Sselect_hyperslab(fileSpace, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    }
    // The file's own type in memory: no conversion by the library, which would take 16-bit floats one by one.
    if (H5Dread(m_dataset, m_type, memorySpace, fileSpace, H5P_DEFAULT, out.data()) < 0)
        return fail(ErrorKind::Input, where(tensor),
                    "rows " + std::to_string(row0) + " to " + std::to_string(row0 + rows - 1) +
                        " cannot be read: " + hdf5ErrorText(),
                    damagedRemedy);
    return inOrder();
}

} // namespace nms
