// SPDX-License-Identifier: Apache-2.0
#include "core/base/checked.h"
#include "core/base/parallel.h"
#include "core/io/disk/text.h"
#include "core/io/hdf5/attributes.h"
#include "core/io/hdf5/chunk_codec.h"
#include "core/io/hdf5/names.h"
#include "core/io/hdf5/output_driver.h"
#include "core/io/hdf5/support.h"
#include "core/io/hdf5/types.h"
#include "core/io/tensor_sink.h"

#include <algorithm>

namespace nms {

namespace {

constexpr unsigned gzipLevel = 1; // recorded in the file; the chunks are compressed by shuffleAndDeflate()
constexpr std::int64_t wantedChunkBytes = 1 << 20;
constexpr std::int64_t largestChunkBytes = 1 << 29; // readers hold a chunk in memory as a whole

/// deflate needs at least 2 bits for 258 equal bytes.
constexpr std::int64_t strongestCompression = 1032;

/// Number of slices along the first dimension in a chunk: as many as fit in wantedChunkBytes, at least one.
std::int64_t slicesPerChunk(const TensorInfo &tensor)
{
    const std::int64_t sliceBytes = tensor.elements() / tensor.shape[0] * bytesOf(tensor.dtype);
    return std::clamp<std::int64_t>(wantedChunkBytes / sliceBytes, 1, tensor.shape[0]);
}

bool isInChunks(const TensorInfo &tensor, Storage storage)
{
    return storage == Storage::Compressed && !tensor.shape.empty() && tensor.elements() > 0 &&
        slicesPerChunk(tensor) * (tensor.elements() / tensor.shape[0]) * bytesOf(tensor.dtype) <= largestChunkBytes;
}

class Hdf5Sink final : public TensorSink
{
public:
    explicit Hdf5Sink(AtomicFile file) : TensorSink(std::move(file)) { }
    ~Hdf5Sink() override { silenceHdf5(); } // the handles are closed after this

    Status open();
    DType flagType() const override { return DType::U8; }
    std::int64_t leastBytes(const TensorInfo &tensor, Storage storage) const override;
    std::vector<SkippedEntry> unfit(std::span<const TensorInfo> tensors) const override;
    std::vector<SkippedEntry> unfitMetadata(const std::map<std::string, std::string> &metadata) const override;
    Status begin(const TensorInfo &tensor, Storage storage) override;
    Status write(std::span<const std::byte> rows) override;
    Status finish(const Attributes &attributes) override;
    Status commit(const std::map<std::string, std::string> &metadata) override;

private:
    Status writePlain(std::span<const std::byte> rows);
    Status writeChunks(std::span<const std::byte> chunks);
    /// Success if `fine` and no write failed in the file driver, which does not report failures to the library.
    Status checked(bool fine, const std::string &place, const std::string &what) const
    {
        if (fine && m_error == 0)
            return {};
        if (m_error != 0)
            return fail(m_file.writeFailure(m_error, place, what));
        return fail(ErrorKind::Io, place, what + ": " + hdf5ErrorText(), "write to another folder");
    }

    int m_error = 0; // errno of the first write that failed; outlives the file
    Hdf5Id m_h5;
    Hdf5Names m_names;
    TensorInfo m_tensor;
    Hdf5Id m_dataset;
    Hdf5Id m_type;
    std::int64_t m_row = 0; // next row to be written
    std::int64_t m_chunkRows = 0; // 0: not in chunks
    std::vector<std::byte> m_pending; // rows of an incomplete chunk
};

Status Hdf5Sink::open()
{
    silenceHdf5();
    m_h5 = Hdf5Id(H5Fcreate(target().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, hdf5OutputAccess(m_file.descriptor(), m_error)));
    return checked(m_h5.valid(), target(), "cannot be created");
}

std::int64_t Hdf5Sink::leastBytes(const TensorInfo &tensor, Storage storage) const
{
    const std::int64_t bytes = rawBytes(tensor);
    return isInChunks(tensor, storage) ? bytes / strongestCompression : bytes;
}

std::vector<SkippedEntry> Hdf5Sink::unfit(std::span<const TensorInfo> tensors) const
{
    std::vector<SkippedEntry> all;
    Hdf5Names names;
    for (const TensorInfo &tensor : tensors) {
        std::string reason = tensor.dtype == DType::Other
            ? "has elements of type " + tensor.storedType + ", which is not written to HDF5"
            : names.claim(tensor.path);
        if (!reason.empty())
            all.push_back({tensor.path, std::move(reason)});
    }
    return all;
}

std::vector<SkippedEntry> Hdf5Sink::unfitMetadata(const std::map<std::string, std::string> &metadata) const
{
    std::vector<SkippedEntry> all;
    std::size_t taken = 0;
    for (const auto &[key, text] : metadata) {
        std::string reason;
        if (key.empty() || !isPlainText(key))
            reason = "has a key that is empty or has control characters: no attribute of HDF5 can be called so";
        else if (text.find('\0') != std::string::npos)
            reason = "has a NUL character, which ends a text in HDF5";
        else if (text.size() > hdf5LongestText)
            reason = "is longer than " + std::to_string(hdf5LongestText >> 20) + " MiB, more than is kept in an attribute";
        else if (++taken > hdf5MostAttributes)
            reason =
                "is one of more than " + std::to_string(hdf5MostAttributes) + " entries, more than are kept as attributes";
        if (!reason.empty())
            all.push_back({key, std::move(reason)});
    }
    return all;
}

Status Hdf5Sink::begin(const TensorInfo &tensor, Storage storage)
{
    silenceHdf5();
    m_tensor = tensor;
    m_row = 0;
    m_type = makeHdf5Type(tensor.dtype);
    if (!m_type.valid())
        return fail(ErrorKind::Unsupported, where(tensor),
                    "has elements of type " + tensor.storedType + ", which is not written");
    if (const std::string problem = m_names.claim(tensor.path); !problem.empty())
        return fail(ErrorKind::Unsupported, where(tensor), problem, "rename it");

    const std::vector<hsize_t> shape(tensor.shape.begin(), tensor.shape.end());
    const Hdf5Id space(shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(int(shape.size()), shape.data(), nullptr));
    const Hdf5Id links(H5Pcreate(H5P_LINK_CREATE));
    H5Pset_create_intermediate_group(links, 1);
    H5Pset_char_encoding(links, H5T_CSET_UTF8);
    const Hdf5Id creation(H5Pcreate(H5P_DATASET_CREATE));
    H5Pset_obj_track_times(creation, false); // same input, same file
    H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
    m_chunkRows = 0;
    m_pending.clear();
    if (isInChunks(tensor, storage)) {
        m_chunkRows = slicesPerChunk(tensor);
        std::vector<hsize_t> chunk = shape;
        chunk[0] = hsize_t(m_chunkRows);
        H5Pset_chunk(creation, int(chunk.size()), chunk.data());
        H5Pset_shuffle(creation);
        H5Pset_deflate(creation, gzipLevel);
    }
    m_dataset = Hdf5Id(H5Dcreate2(m_h5, tensor.path.c_str(), m_type, space, links, creation, H5P_DEFAULT));
    return checked(m_dataset.valid(), where(m_tensor), "cannot be created");
}

Status Hdf5Sink::write(std::span<const std::byte> rows)
{
    silenceHdf5();
    if (m_chunkRows == 0)
        return writePlain(rows);
    const std::size_t chunkBytes = std::size_t(m_chunkRows * m_tensor.rawCols() * bytesOf(m_tensor.dtype));
    if (!m_pending.empty()) {
        const std::size_t missing = std::min(chunkBytes - m_pending.size(), rows.size());
        // Not insert(): GCC 14 warns of an overflow in it that cannot occur.
        const std::size_t held = m_pending.size();
        m_pending.resize(held + missing);
        std::copy_n(rows.begin(), missing, m_pending.begin() + std::ptrdiff_t(held));
        rows = rows.subspan(missing);
        if (m_pending.size() < chunkBytes)
            return {};
        if (Status written = writeChunks(m_pending); !written)
            return written;
        m_pending.clear();
    }
    const std::size_t whole = rows.size() / chunkBytes * chunkBytes;
    m_pending.assign(rows.begin() + std::ptrdiff_t(whole), rows.end());
    return writeChunks(rows.first(whole));
}

/// Writes a whole number of chunks. Compressed here in parallel: the library would compress them one after the other.
Status Hdf5Sink::writeChunks(std::span<const std::byte> chunks)
{
    const int elementBytes = bytesOf(m_tensor.dtype);
    const std::size_t chunkBytes = std::size_t(m_chunkRows * m_tensor.rawCols() * elementBytes);
    std::vector<std::vector<std::byte>> compressed(chunks.size() / chunkBytes); // or empty: stored as they are
    const auto chunkOf = [&](std::size_t k) {
        return chunks.subspan(k * chunkBytes, chunkBytes);
    };
    try {
        parallelBlocks(std::int64_t(compressed.size()), 1, 0, {}, [&](std::int64_t begin, std::int64_t end) {
            for (std::size_t k = std::size_t(begin); k < std::size_t(end); ++k)
                if (elementBytes > 1 || gainsFromDeflate(chunkOf(k)))
                    compressed[k] = shuffleAndDeflate(chunkOf(k), elementBytes);
        });
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, where(m_tensor), "needs more memory than there is", "write smaller panels of rows");
    }
    constexpr std::uint32_t noFilter = 3; // a bit for shuffle and one for deflate: not applied to this chunk
    std::vector<hsize_t> offset(m_tensor.shape.size(), 0);
    for (std::size_t k = 0; k < compressed.size(); ++k) {
        offset[0] = hsize_t(m_row);
        const bool isPlain = compressed[k].empty();
        const std::span<const std::byte> stored = isPlain ? chunkOf(k) : std::span<const std::byte>(compressed[k]);
        const bool fine =
            H5Dwrite_chunk(m_dataset, H5P_DEFAULT, isPlain ? noFilter : 0, offset.data(), stored.size(), stored.data()) >= 0;
        if (Status written = checked(fine, where(m_tensor), "cannot be written"); !written)
            return written;
        m_row += m_chunkRows;
    }
    return {};
}

Status Hdf5Sink::writePlain(std::span<const std::byte> rows)
{
    if (rows.empty())
        return {};
    const std::int64_t rowBytes = m_tensor.rawCols() * bytesOf(m_tensor.dtype);
    const std::int64_t count = std::int64_t(rows.size()) / rowBytes;
    const Hdf5Id space(H5Dget_space(m_dataset));
    const hsize_t elements = hsize_t(count) * hsize_t(m_tensor.rawCols());
    const Hdf5Id memory(H5Screate_simple(1, &elements, nullptr));
    if (!m_tensor.shape.empty()) {
        std::vector<hsize_t> start(m_tensor.shape.size(), 0);
        std::vector<hsize_t> block(m_tensor.shape.begin(), m_tensor.shape.end());
        start[0] = hsize_t(m_row);
        block[0] = hsize_t(count);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, block.data(), nullptr);
    }
    m_row += count;
    return checked(H5Dwrite(m_dataset, m_type, memory, space, H5P_DEFAULT, rows.data()) >= 0, where(m_tensor),
                   "cannot be written");
}

Status Hdf5Sink::finish(const Attributes &attributes)
{
    silenceHdf5();
    if (!m_pending.empty()) { // the last chunk is stored in full size, too
        m_pending.resize(std::size_t(m_chunkRows * m_tensor.rawCols() * bytesOf(m_tensor.dtype)));
        if (Status written = writeChunks(m_pending); !written)
            return written;
    }
    return checked(writeHdf5Attributes(m_dataset, attributes) && m_dataset.close(), where(m_tensor), "cannot be written");
}

Status Hdf5Sink::commit(const std::map<std::string, std::string> &metadata)
{
    silenceHdf5();
    Hdf5Id root(H5Gopen2(m_h5, "/", H5P_DEFAULT));
    const Attributes attributes(metadata.begin(), metadata.end());
    // The file is closed only when nothing in it is open, so the root is closed first.
    const bool fine = root.valid() && writeHdf5Attributes(root, attributes) && root.close() && m_h5.close();
    if (Status written = checked(fine, target(), "cannot be written"); !written)
        return written;
    return m_file.commit();
}

} // namespace

Result<std::unique_ptr<TensorSink>> createHdf5Sink(AtomicFile file)
{
    auto sink = std::make_unique<Hdf5Sink>(std::move(file));
    if (Status opened = sink->open(); !opened)
        return fail(opened.error());
    return sink;
}

} // namespace nms
