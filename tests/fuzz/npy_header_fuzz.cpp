// SPDX-License-Identifier: Apache-2.0
// NumPy arrays: the header's parser, and what it accepts must be there and be readable in either order.
#include "core/io/npy/rows.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/numpy_files.h"

#include <cstdlib>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const nms::ReadAt readAt = [&](std::int64_t offset, std::span<std::byte> out) -> nms::Status {
        if (offset < 0 || std::size_t(offset) > size || out.size() > size - std::size_t(offset))
            std::abort(); // asked for more than there is
        if (!out.empty())
            std::memcpy(out.data(), data + offset, out.size());
        return {};
    };
    const auto header = nms::readNpyHeader(readAt, std::int64_t(size), "fuzz");
    if (!header) {
        if (header.error().line().find('\n') != std::string::npos)
            std::abort();
        return 0;
    }
    ++nms::fuzz::accepted;
    const nms::TensorInfo &tensor = header->tensor;
    if ((tensor.dtype == nms::DType::Other) == tensor.unreadable.empty())
        std::abort();
    if (tensor.dtype == nms::DType::Other || tensor.elements() == 0)
        return 0;
    const std::int64_t bytes = tensor.elements() * nms::bytesOf(tensor.dtype);
    if (header->dataOffset + bytes + header->trailingBytes != std::int64_t(size))
        std::abort();
    // All rows at once and one by one are the same.
    std::vector<std::byte> all(static_cast<std::size_t>(bytes)), each(all.size());
    nms::NpyRows whole(*header, readAt), single(*header, readAt);
    const std::size_t rowBytes = all.size() / std::size_t(tensor.rawRows());
    if (!whole.read(0, tensor.rawRows(), all))
        std::abort();
    for (std::int64_t row = tensor.rawRows(); row-- > 0;)
        if (!single.read(row, 1, std::span(each).subspan(std::size_t(row) * rowBytes, rowBytes)))
            std::abort();
    if (all != each)
        std::abort();
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    const std::string data(240, '\x3c');
    return {
        test::npyBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 20), }      \n", data),
        test::npyBytes("{'descr': '>f8', 'fortran_order': True, 'shape': (5, 2, 3), }\n", data, 2),
        test::npyBytes("{\"shape\": (120L,), \"fortran_order\": False, \"descr\": \"<V2\"}", data, 3),
        test::npyBytes("{'descr': [('a', '<f4'), ('b', '<i4', (2,))], 'fortran_order': False, 'shape': (20,), }\n", data),
        test::npyBytes("{'descr': '|O', 'fortran_order': False, 'shape': (), }\n", data),
        test::npyBytes("{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2, 3), }\n", data)};
}

} // namespace nms::fuzz
