// SPDX-License-Identifier: Apache-2.0
// Mask files: open, list, read every mask that is small enough; what comes back must be a mask.
#include "core/io/mask_file.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>
#include <hdf5.h>

namespace {

/// A dataset of uint8 or, for Applied, of f32, with facts as attributes of fixed length.
void addMask(hid_t file, const char *path, nms::MaskFormat format)
{
    const bool applied = format == nms::MaskFormat::Applied;
    const hsize_t shape[] = {6, format == nms::MaskFormat::Packed ? hsize_t(2) : hsize_t(10)};
    const hsize_t chunk[] = {4, 2};
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 2, chunk);
    H5Pset_deflate(creation, 4);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const hid_t type = applied ? H5T_IEEE_F32LE : H5T_STD_U8LE;
    const hid_t dataset = H5Dcreate2(file, path, type, space, links, creation, H5P_DEFAULT);
    const std::vector<std::uint8_t> zeros(6 * 10 * 4, 0);
    H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros.data());
    const hid_t scalar = H5Screate(H5S_SCALAR);
    const auto add = [&](const char *name, hid_t valueType, hid_t valueSpace, const void *value) {
        const hid_t attribute = H5Acreate2(dataset, name, valueType, valueSpace, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(attribute, valueType, value);
        H5Aclose(attribute);
    };
    const std::string text(nameOf(format));
    const hid_t textType = H5Tcopy(H5T_C_S1);
    H5Tset_size(textType, text.size());
    add("format", textType, scalar, text.data());
    const std::int64_t n = 8;
    add("n", H5T_STD_I64LE, scalar, &n);
    add("m", H5T_STD_I64LE, scalar, &n);
    const double objective = 1.5;
    add("objective", H5T_IEEE_F64LE, scalar, &objective);
    const std::int64_t tensorShape[] = {6, 2, 5};
    const hsize_t three = 3;
    const hid_t vector = H5Screate_simple(1, &three, nullptr);
    add("shape", H5T_STD_I64LE, vector, tensorShape);
    for (const hid_t id : {space, creation, links, dataset, scalar, textType, vector})
        H5Idec_ref(id);
}

template <nms::fuzz::FileFormat Format> bool build(const std::string &path)
{
    const hid_t file = nms::fuzz::createHdf5(path, Format);
    addMask(file, "a/w/mask", nms::MaskFormat::Bytes);
    addMask(file, "packed/mask", nms::MaskFormat::Packed);
    addMask(file, "applied", nms::MaskFormat::Applied);
    return H5Fclose(file) >= 0;
}

std::string packedSafetensors()
{
    const std::string header = R"({"__metadata__":{"w/mask":"{\"format\":\"packed\",\"shape\":[2,10],\"n\":1,\"m\":2}"},)"
                               R"("w/mask":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]}})";
    std::string prefix(8, '\0');
    prefix[0] = char(header.size());
    return prefix + header + std::string("\xff\xc0\x55\x40", 4);
}

void tryFile(const std::string &path)
{
    auto file = nms::MaskFile::open(path);
    if (!file)
        return;
    ++nms::fuzz::accepted;
    for (const nms::MaskEntry &entry : (*file)->masks()) {
        if (entry.rows > 4096 || entry.cols > 4096)
            continue;
        const auto mask = (*file)->read(entry);
        if (mask && (mask->rows() != entry.rows || mask->cols() != entry.cols || mask->kept() > entry.rows * entry.cols))
            std::abort();
    }
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
    return {fileMadeBy(build<FileFormat::Newest>), fileMadeBy(build<FileFormat::Oldest>), packedSafetensors()};
}

} // namespace nms::fuzz
