// SPDX-License-Identifier: Apache-2.0
#include "core/io/file_patch.h"

#include "core/io/disk/file_copy.h"
#include "core/simd/half.h"

namespace nms {

Status FilePatch::copy(const std::stop_token &stop, ProgressMeter &meter)
{
    return copyFile(m_from, m_to, stop, meter);
}

std::optional<FilePatch::Place> FilePatch::placeOf(const std::string &path) const
{
    const auto found = m_places.find(path);
    return found == m_places.end() ? std::nullopt : std::optional(found->second);
}

Status FilePatch::write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw)
{
    const auto found = placeOf(tensor.path);
    if (!found)
        return fail(ErrorKind::Internal, where(tensor), "has no place in the copy");
    const Place place = *found;
    const int elementBytes = bytesOf(tensor.dtype);
    if (place.bigEndian) {
        m_swapped.assign(raw.begin(), raw.end());
        swapBytes(m_swapped, elementBytes);
        raw = m_swapped;
    }
    // No overflow: the whole tensor was checked to lie within the file.
    return writeAt(m_to, place.offset + rawRow0 * tensor.rawCols() * elementBytes, raw, where(tensor));
}

} // namespace nms
