// SPDX-License-Identifier: Apache-2.0
// Zip archives of NumPy arrays: open, list, read every tensor.
#include "core/io/disk/regular_file.h"
#include "core/io/file_source.h"
#include "core/io/weights_format.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/numpy_files.h"

#include <algorithm>
#include <cstdlib>

namespace {

constexpr std::int64_t mostBytes = 1 << 20;

void readSome(nms::FileSource &source, const nms::TensorInfo &tensor)
{
    const std::int64_t elementBytes = nms::bytesOf(tensor.dtype);
    if (elementBytes == 0 || tensor.elements() == 0 || tensor.rawCols() > mostBytes / elementBytes)
        return;
    const std::int64_t rows = std::min(tensor.rawRows(), mostBytes / elementBytes / tensor.rawCols());
    std::vector<std::byte> raw(std::size_t(rows * tensor.rawCols() * elementBytes)), again = raw;
    const nms::Status first = source.readRawRows(tensor, tensor.rawRows() - rows, rows, raw);
    const nms::Status second = source.readRawRows(tensor, tensor.rawRows() - rows, rows, again);
    if (first.has_value() != second.has_value() || (first && raw != again))
        std::abort();
}

void tryFile(const std::string &path)
{
    auto file = nms::RegularFile::open(path);
    if (!file)
        std::abort();
    auto source = nms::npzFormat.open(*std::move(file), {});
    if (!source) {
        if (source.error().line().find('\n') != std::string::npos)
            std::abort();
        return;
    }
    ++nms::fuzz::accepted;
    for (const nms::TensorInfo &tensor : (*source)->tensors())
        if (tensor.unreadable.empty())
            readSome(**source, tensor);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    nms::fuzz::withInputFile({reinterpret_cast<const char *>(data), size}, tryFile);
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    using test::ZipPiece;
    const std::string data(240, '\x3c');
    const ZipPiece plain("w.npy", test::npyBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 20), }\n", data));
    const ZipPiece fortran("a/v.npy",
                           test::npyBytes("{'descr': '<f2', 'fortran_order': True, 'shape': (10, 12), }\n", data));
    ZipPiece encrypted("secret.npy", "????");
    encrypted.flags = 1;
    ZipPiece large = plain.deflated(); // as zip64 has it
    large.extra = test::littleEndian(1, 2) + test::littleEndian(16, 2) + test::littleEndian(plain.bytes, 8) +
        test::littleEndian(large.storedBytes, 8);
    large.flags = 8;
    large.bytes = large.storedBytes = 0xffffffff;
    return {test::zipBytes({plain, fortran}), test::zipBytes({plain.deflated(), fortran.deflated()}, {}, "a comment"),
            test::zipBytes({large, encrypted, ZipPiece("README", "text")}, "between")};
}

} // namespace nms::fuzz
