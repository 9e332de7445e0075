// SPDX-License-Identifier: Apache-2.0
#include "core/io/file_patch.h"

#include "core/io/file_copy.h"
#include "core/simd/half.h"

namespace nms {

Status FilePatch::copy(const std::stop_token &stop, ProgressMeter &meter)
{
    return copyFile(m_from, m_to, stop, meter);
}

Status FilePatch::write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw)
{
    const auto found = m_places.find(tensor.path);
    if (found == m_places.end())
        return fail(ErrorKind::Internal, where(tensor), "has no place in the copy");
    const Place place = found->second;
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
