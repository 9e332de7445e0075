// SPDX-License-Identifier: Apache-2.0
// Zip archives with an HDF5 file of weights in them: recognise, open, list, read every tensor.
#include "core/io/file_source.h"
#include "core/io/weights_format.h"
#include "core/io/zip/keras_archive.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/numpy_files.h"

#include <algorithm>
#include <cstdlib>
#include <hdf5.h>

namespace {

constexpr std::int64_t mostBytes = 1 << 20;

void tryFile(const std::string &path)
{
    auto file = nms::RegularFile::open(path);
    if (!file)
        std::abort();
    if (const auto member = nms::findKerasWeights(*file))
        if (member->offset < 0 || member->storedBytes > file->size() - member->offset || member->headerOffset < 0 ||
            member->entryOffset > file->size())
            std::abort();
    auto source = nms::kerasFormat.open(*std::move(file), {});
    if (!source) {
        if (source.error().line().find('\n') != std::string::npos)
            std::abort();
        return;
    }
    ++nms::fuzz::accepted;
    for (const nms::TensorInfo &tensor : (*source)->tensors()) {
        const std::int64_t elementBytes = nms::bytesOf(tensor.dtype);
        if (!tensor.unreadable.empty() || tensor.elements() == 0 || tensor.rawCols() > mostBytes / elementBytes)
            continue;
        const std::int64_t rows = std::min(tensor.rawRows(), mostBytes / elementBytes / tensor.rawCols());
        std::vector<std::byte> raw(std::size_t(rows * tensor.rawCols() * elementBytes));
        (void)(*source)->readRawRows(tensor, tensor.rawRows() - rows, rows, raw);
    }
}

bool build(const std::string &path)
{
    const hid_t file = nms::fuzz::createHdf5(path, nms::fuzz::FileFormat::Newest);
    const hsize_t shape[] = {6, 4}, chunk[] = {4, 3};
    const std::vector<float> values(24, 1.5F);
    const hid_t space = H5Screate_simple(2, shape, nullptr), chunks = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(chunks, 2, chunk);
    H5Pset_deflate(chunks, 1);
    for (const auto &[name, creation] : {std::pair<const char *, hid_t>("0", H5P_DEFAULT), {"1", chunks}}) {
        const hid_t w = H5Dcreate2(file, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
        H5Dwrite(w, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
        H5Dclose(w);
    }
    for (const hid_t id : {space, chunks, file})
        H5Idec_ref(id);
    return true;
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
    const ZipPiece facts("metadata.json", R"({"keras_version": "3.15.1"})"), config("config.json", "{}"),
        weights(std::string(kerasWeightsName), fileMadeBy(build));
    ZipPiece large = weights.deflated(); // as zip64 has it
    large.extra = test::littleEndian(1, 2) + test::littleEndian(16, 2) + test::littleEndian(weights.bytes, 8) +
        test::littleEndian(large.storedBytes, 8);
    large.flags = 8;
    large.bytes = large.storedBytes = 0xffffffff;
    return {test::zipBytes({facts, config, weights}),
            test::zipBytes({facts.deflated(), weights.deflated()}, {}, "a comment"),
            test::zipBytes({large, config}, "between")};
}

} // namespace nms::fuzz
