// SPDX-License-Identifier: Apache-2.0
// What we read of HDF5 files without their library: superblocks, object headers at any address, shapes in them.
#include "core/io/hdf5/object_header.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>
#include <hdf5.h>

namespace {

void tryFile(const std::string &path)
{
    const auto file = nms::RegularFile::open(path);
    if (!file)
        std::abort();
    const auto found = nms::findHdf5Superblock(*file);
    if (!found)
        std::abort();
    if (nms::explainUnopened(*file, "truncated file", "1.10.8").line().find('\n') != std::string::npos)
        std::abort();
    (void)nms::requireClosed(*file);
    if (!*found)
        return;
    for (std::int64_t address = 0; address < file->size() + 16; ++address) {
        const auto messages = nms::readObjectHeader(*file, **found, std::uint64_t(address));
        if (!messages)
            continue;
        ++nms::fuzz::accepted;
        std::size_t bytes = 0;
        for (const nms::Hdf5Message &message : *messages) {
            bytes += message.data.size();
            if (const auto shape = nms::shapeOf(message, **found))
                for (const std::int64_t size : *shape)
                    if (size < 0)
                        std::abort();
        }
        if (messages->size() > 4096 || bytes > (1U << 20))
            std::abort();
        (void)nms::newerThan(*messages, 1, 8);
    }
    for (const std::uint64_t address : {~std::uint64_t(0), std::uint64_t(1) << 63})
        if (nms::readObjectHeader(*file, **found, address))
            std::abort();
}

bool build(const std::string &path, nms::fuzz::FileFormat format)
{
    const hid_t file = nms::fuzz::createHdf5(path, format);
    const hsize_t shape[] = {6, 4};
    const hid_t space = H5Screate_simple(2, shape, nullptr), one = H5Screate(H5S_SCALAR);
    const hid_t w = H5Dcreate2(file, "w", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (const char *name : {"an attribute with a name of some length", "another one that needs more room than there is"}) {
        const hid_t attribute = H5Acreate2(w, name, H5T_STD_I64LE, one, H5P_DEFAULT, H5P_DEFAULT);
        H5Aclose(attribute);
    }
    for (const hid_t id : {space, one, w, file})
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
    return {fileMadeBy([](const std::string &path) { return build(path, FileFormat::Newest); }),
            fileMadeBy([](const std::string &path) { return build(path, FileFormat::Oldest); })};
}

} // namespace nms::fuzz
