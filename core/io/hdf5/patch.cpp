// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/patch.h"

#include "core/simd/half.h"

#include <algorithm>

namespace nms {

Hdf5Patch::Hdf5Patch(const RegularFile &from, const AtomicFile &to, const std::string &helperProgram,
                     const std::stop_token &stop)
    : FilePatch(from, to), m_helper(helperProgram, from, stop, {})
{
    m_helper.writeTo(to.descriptor(), to.target());
}

Status Hdf5Patch::add(const TensorInfo &tensor, const Hdf5Record &record)
{
    const bool isLzf = std::any_of(record.filters.begin(), record.filters.end(),
                                   [](const ChunkFilter &filter) { return filter.kind == ChunkFilter::Kind::Lzf; });
    if (isLzf) // libhdf5 has no such filter; ours only decodes
        return fail(ErrorKind::Unsupported, where(tensor), "is compressed with lzf, which is read but not written",
                    "write to a .safetensors file, or save the input with gzip first (in h5py: compression=\"gzip\")");
    if (record.reading == Hdf5Reading::Contiguous)
        setPlace(tensor.path, {record.offset, record.bigEndian});
    else
        m_records.emplace(tensor.path, record);
    return {};
}

Status Hdf5Patch::write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw)
{
    const auto found = m_records.find(tensor.path);
    if (found == m_records.end())
        return FilePatch::write(tensor, rawRow0, raw);
    if (raw.empty())
        return {};
    if (found->second.bigEndian) {
        m_stored.assign(raw.begin(), raw.end());
        swapBytes(m_stored, bytesOf(tensor.dtype));
        raw = m_stored;
    }
    const std::int64_t rowBytes = tensor.rawCols() * bytesOf(tensor.dtype);
    return m_helper.writeRows(tensor, found->second, rawRow0, std::int64_t(raw.size()) / rowBytes, raw);
}

Status Hdf5Patch::finish(const std::stop_token &)
{
    return m_helper.finishWriting();
}

} // namespace nms
