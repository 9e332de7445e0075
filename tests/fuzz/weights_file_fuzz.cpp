// SPDX-License-Identifier: Apache-2.0
// Any weights file: open, list, read some rows of every tensor.
#include "core/io/weights_file.h"
#include "tests/fuzz/fuzz_target.h"

#include <algorithm>
#include <hdf5.h>

namespace {

constexpr std::int64_t mostBytes = 1 << 20;

void readSome(nms::TensorSource &source, const nms::TensorInfo &tensor)
{
    const std::int64_t elementBytes = std::max(nms::bytesOf(tensor.dtype), int(sizeof(float)));
    if (tensor.rawCols() > mostBytes / elementBytes)
        return;
    const std::int64_t rows =
        std::min(tensor.rawRows(), mostBytes / elementBytes / std::max<std::int64_t>(1, tensor.rawCols()));
    std::vector<std::byte> raw(std::size_t(rows * tensor.rawCols() * nms::bytesOf(tensor.dtype)));
    (void)source.readRawRows(tensor, tensor.rawRows() - rows, rows, raw);
    if (!tensor.isMatrix())
        return;
    nms::Matrix<float> floats(std::min(rows, tensor.rows()), tensor.cols());
    if (source.readRows(tensor, 0, floats.span()))
        (void)nms::requireFinite(floats.span(), 0, source, tensor);
}

/// Every layout, filter and kind of link that we look at, in few bytes.
template <nms::fuzz::FileFormat Format> bool buildMixed(const std::string &path)
{
    const hid_t file = nms::fuzz::createHdf5(path, Format);
    const hid_t group = H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hsize_t shape[] = {6, 8};
    const hsize_t chunk[] = {4, 4};
    float values[48];
    for (int i = 0; i < 48; ++i)
        values[i] = float(i) / 8;
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    for (const int kind : {0, 1, 2, 3}) {
        const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
        if (kind == 1)
            H5Pset_layout(creation, H5D_COMPACT);
        if (kind >= 2)
            H5Pset_chunk(creation, 2, chunk);
        if (kind == 3) {
            H5Pset_shuffle(creation);
            H5Pset_deflate(creation, 6);
            H5Pset_fletcher32(creation);
        }
        const std::string name = "w" + std::to_string(kind);
        const hid_t dataset = H5Dcreate2(group, name.c_str(), kind == 1 ? H5T_IEEE_F32BE : H5T_IEEE_F64LE, space,
                                         H5P_DEFAULT, creation, H5P_DEFAULT);
        H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        H5Dclose(dataset);
        H5Pclose(creation);
    }
    H5Sclose(space);
    H5Lcreate_soft("g/w0", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("none.h5", "/x", file, "out", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(file, "g/w3", file, "hard", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
    return H5Fclose(file) >= 0;
}

/// Every filter of the library: one that we undo and three that the helper does.
template <nms::fuzz::FileFormat Format> bool buildFilters(const std::string &path)
{
    const hid_t file = nms::fuzz::createHdf5(path, Format);
    const hsize_t shape[] = {12, 16}, chunk[] = {4, 16};
    float values[192];
    for (int i = 0; i < 192; ++i)
        values[i] = float(i % 50) / 8;
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    for (const int kind : {0, 1, 2, 3}) {
        const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_chunk(creation, 2, chunk);
        if (kind == 0)
            H5Pset_shuffle(creation);
        else if (kind == 1)
            H5Pset_szip(creation, H5_SZIP_NN_OPTION_MASK, 8);
        else if (kind == 2)
            H5Pset_nbit(creation);
        else
            H5Pset_scaleoffset(creation, H5Z_SO_FLOAT_DSCALE, 2);
        if (kind == 0)
            H5Pset_deflate(creation, 6);
        const std::string name = "f" + std::to_string(kind);
        const hid_t dataset = H5Dcreate2(file, name.c_str(), H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
        H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        H5Dclose(dataset);
        H5Pclose(creation);
    }
    H5Sclose(space);
    return H5Fclose(file) >= 0;
}

std::string safetensorsSeed()
{
    const std::string header =
        R"({"__metadata__":{"format":"pt"},"a/w":{"dtype":"F16","shape":[4,8],"data_offsets":[0,64]},)"
        R"("b":{"dtype":"BF16","shape":[2,2,2],"data_offsets":[64,80]},)"
        R"("k":{"dtype":"BOOL","shape":[3],"data_offsets":[80,83]}})";
    std::string prefix(8, '\0');
    prefix[0] = char(header.size());
    return prefix + header + std::string(83, '\x3c');
}

void tryFile(const std::string &path)
{
    auto source = nms::openWeights(path);
    if (!source)
        return;
    ++nms::fuzz::accepted;
    for (const nms::TensorInfo &tensor : (*source)->tensors())
        readSome(**source, tensor);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    nms::fuzz::withInputFile(nms::fuzz::withChecksums(data, size), tryFile);
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    return {fileMadeBy(buildMixed<FileFormat::Newest>), fileMadeBy(buildMixed<FileFormat::Oldest>),
            fileMadeBy(buildFilters<FileFormat::Newest>), fileMadeBy(buildFilters<FileFormat::Oldest>), safetensorsSeed()};
}

} // namespace nms::fuzz
