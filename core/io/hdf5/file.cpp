// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/file.h"

#include "core/io/hdf5/patch.h"
#include "core/io/hdf5/superblock.h"
#include "core/io/tensor_sink.h"
#include "core/simd/half.h"

#include <cstring>
#include <new>

namespace nms {

namespace {

Result<bool> hasSignature(std::string_view, const RegularFile &file)
{
    const auto superblock = findHdf5Superblock(file);
    if (!superblock)
        return fail(superblock.error());
    return superblock->has_value();
}

Result<std::unique_ptr<FileSource>> openHdf5(RegularFile file, const std::stop_token &stop)
{
    return Hdf5File::open(std::move(file), hdf5Format.name, stop);
}

constexpr std::string_view endings[] = {".h5", ".hdf5", ".hdf"};

} // namespace

constinit const WeightsFormat hdf5Format{"HDF5", endings, hasSignature, openHdf5, createHdf5Sink};

Result<std::unique_ptr<Hdf5File>> Hdf5File::open(RegularFile file, std::string_view format, const std::stop_token &stop,
                                                 const std::string &helperProgram, const Hdf5Helper::Limits &limits)
{
    std::unique_ptr<Hdf5File> source(new Hdf5File(std::move(file), format, stop, helperProgram, limits));
    auto listing = source->m_helper.list();
    if (!listing)
        return fail(listing.error());
    source->m_metadata = std::move(listing->metadata);
    source->m_records = std::move(listing->records);
    source->m_skipped = std::move(listing->skipped);
    source->setTensors(std::move(listing->tensors));
    return source;
}

Result<Attributes> Hdf5File::attributes(const TensorInfo &tensor)
{
    const auto index = indexOf(tensor);
    if (!index)
        return fail(index.error());
    return m_helper.attributes(tensor, m_records[*index]);
}

Result<std::unique_ptr<FilePatch>> Hdf5File::makePatch(std::span<const TensorInfo> replaced, const AtomicFile &copy,
                                                       const std::stop_token &stop)
{
    auto patch = std::make_unique<Hdf5Patch>(m_file, copy, m_helper.program(), stop);
    for (const TensorInfo &tensor : replaced) {
        const auto index = indexOf(tensor);
        if (!index)
            return fail(index.error());
        if (Status added = patch->add(tensor, m_records[*index]); !added)
            return fail(added.error());
    }
    return patch;
}

/// Reads rows in the file's byte order.
Status Hdf5File::readStored(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    const TensorInfo &tensor = tensors()[index];
    const Hdf5Record &record = m_records[index];
    switch (record.reading) {
    case Hdf5Reading::Helper:
        return m_helper.readRows(tensor, record, row0, rows, out);
    case Hdf5Reading::Contiguous: // no overflow: the whole span was checked to lie within the file
        return m_file.readAt(record.offset + row0 * tensor.rawCols() * bytesOf(tensor.dtype), out);
    case Hdf5Reading::Fill: {
        const std::size_t elementBytes = record.fill.size();
        for (std::size_t at = 0; at < out.size(); at += elementBytes)
            std::memcpy(out.data() + at, record.fill.data(), elementBytes);
        return {};
    }
    case Hdf5Reading::Chunks:
        break;
    }
    if (m_chunksIndex != index) {
        m_chunks.emplace(m_helper, tensor, record);
        m_chunksIndex = index;
    }
    return m_chunks->read(row0, rows, out);
}

Status Hdf5File::readElements(std::size_t index, std::int64_t first, std::span<std::byte> out)
{
    const int bytes = bytesOf(tensors()[index].dtype);
    if (Status read = m_file.readAt(m_records[index].offset + first * bytes, out); !read)
        return read;
    if (m_records[index].bigEndian)
        swapBytes(out, bytes);
    return {};
}

Status Hdf5File::readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    const TensorInfo &tensor = tensors()[index];
    try {
        if (Status read = readStored(index, row0, rows, out); !read) {
            const Error &error = read.error();
            const std::string place = "rows " + std::to_string(row0) + " to " + std::to_string(row0 + rows - 1) + " ";
            if (error.where.empty())
                return fail(error.kind, where(tensor), place + error.what, "the file is damaged or cut off; get it again");
            return read;
        }
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, where(tensor), "needs more memory than there is", "read fewer rows at once");
    }
    if (m_records[index].bigEndian)
        swapBytes(out, bytesOf(tensor.dtype));
    return {};
}

} // namespace nms
