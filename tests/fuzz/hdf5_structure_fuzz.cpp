// SPDX-License-Identifier: Apache-2.0
// HDF5 files that are sound but strange: shapes, chunks, filters, fill values and formats as the input's bytes choose them.
// What we list and read must be what the library, which made the file, says; nothing may overflow on the way. Some lie in an
// archive of Keras, so that every address has to be moved.
#include "core/io/convert.h"
#include "core/io/mask_file.h"
#include "core/io/weights_file.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/numpy_files.h"
#include "tests/support/temp_folder.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <hdf5.h>
#include <iterator>

namespace {

constexpr std::int64_t mostBytes = 1 << 16; // of a dataset that is written and compared

/// The input's bytes as choices; zeros behind its end.
class Choices
{
public:
    Choices(const std::uint8_t *data, std::size_t size) : m_data(data), m_size(size) { }

    unsigned below(unsigned limit) { return m_size == 0 ? 0 : (--m_size, *m_data++ % limit); }
    bool once(unsigned in) { return below(in) == 1; }
    template <class T, std::size_t N> T of(const T (&list)[N]) { return list[below(N)]; }

private:
    const std::uint8_t *m_data;
    std::size_t m_size;
};

struct Made {
    std::string path;
    std::vector<hsize_t> shape;
    std::vector<std::byte> elements; // as the library reads them back; empty where there are too many
    bool small = false;
    bool read = false; // by the library
};

std::vector<hsize_t> chooseShape(Choices &choices)
{
    static constexpr hsize_t usual[] = {1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 24, 33};
    static constexpr hsize_t strange[] = {0,
                                          0xffff,
                                          0x7fffffff,
                                          0x80000000,
                                          0xffffffff,
                                          0x100000000,
                                          hsize_t(1) << 46,
                                          (hsize_t(1) << 46) + 1,
                                          hsize_t(1) << 60,
                                          0x7ffffffffffffff8,
                                          0x7ffffffffffffffe,
                                          0x7fffffffffffffff};
    std::vector<hsize_t> shape(choices.below(5));
    for (hsize_t &size : shape)
        size = choices.once(8) ? choices.of(strange) : choices.of(usual);
    return shape;
}

/// Those of the library stand in front, if anywhere: behind others it damages its own memory with some of them.
void chooseFilters(Choices &choices, hid_t creation)
{
    switch (choices.below(8)) {
    case 0:
        H5Pset_szip(creation, choices.once(2) ? H5_SZIP_NN_OPTION_MASK : H5_SZIP_EC_OPTION_MASK, 2 + 2 * choices.below(8));
        break;
    case 1:
        H5Pset_nbit(creation);
        break;
    case 2:
        H5Pset_scaleoffset(creation, H5Z_SO_INT, 0);
        break;
    default:
        break;
    }
    for (unsigned count = choices.below(4); count > 0; --count)
        switch (choices.below(3)) {
        case 0:
            H5Pset_shuffle(creation);
            break;
        case 1:
            H5Pset_deflate(creation, choices.below(10));
            break;
        default:
            H5Pset_fletcher32(creation);
            break;
        }
}

/// Nothing where the library refuses what was chosen.
bool makeDataset(Choices &choices, hid_t file, Made &made)
{
    static const hid_t types[] = {H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_STD_U8LE,
                                  H5T_STD_I16BE,  H5T_STD_I64LE,  H5T_IEEE_F32BE};
    const hid_t type = choices.of(types);
    made.shape = chooseShape(choices);
    const int rank = int(made.shape.size());
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    std::vector<hsize_t> limits = made.shape;
    hsize_t chunkElements = 1;
    const unsigned layout = choices.below(8);
    if (layout == 0)
        H5Pset_layout(creation, H5D_COMPACT);
    if (layout > 1 && rank > 0) {
        static constexpr hsize_t sizes[] = {1, 2, 3, 4, 5, 8, 16, 64, 1 << 16, 0x7fffffff, 0xffffffff};
        std::vector<hsize_t> chunk;
        for (std::size_t d = 0; d < made.shape.size(); ++d) {
            const hsize_t size = choices.once(8) ? choices.of(sizes) : 1 + choices.below(9);
            if (choices.once(3))
                limits[d] = H5S_UNLIMITED; // another index of chunks
            chunk.push_back(limits[d] == H5S_UNLIMITED ? size
                                                       : std::clamp<hsize_t>(size, 1, std::max<hsize_t>(1, made.shape[d])));
        }
        for (const hsize_t size : chunk)
            chunkElements = chunkElements > hsize_t(mostBytes) ? chunkElements : chunkElements * size;
        H5Pset_chunk(creation, rank, chunk.data());
        chooseFilters(choices, creation);
        if (choices.once(4))
            H5Pset_chunk_opts(creation, H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS);
    }
    if (choices.once(4)) {
        const int fill = 42;
        H5Pset_fill_value(creation, H5T_NATIVE_INT, choices.once(4) ? nullptr : &fill);
        static constexpr H5D_fill_time_t times[] = {H5D_FILL_TIME_IFSET, H5D_FILL_TIME_ALLOC, H5D_FILL_TIME_NEVER};
        H5Pset_fill_time(creation, choices.of(times));
    }
    const hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, made.shape.data(), limits.data());
    const hid_t dataset = H5Dcreate2(file, made.path.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    std::int64_t elements = 1;
    for (const hsize_t size : made.shape)
        elements =
            size != 0 && elements > mostBytes ? elements : std::int64_t(std::min<hsize_t>(size, mostBytes + 1)) * elements;
    const auto elementBytes = std::int64_t(H5Tget_size(type));
    // A single huge chunk is left unwritten, too: the library would spend a minute compressing its padding.
    constexpr hsize_t mostInChunk = 1 << 20;
    made.small = elements * elementBytes <= mostBytes && chunkElements <= mostInChunk;
    if (dataset >= 0 && made.small) {
        made.elements.resize(std::size_t(elements * elementBytes));
        for (std::size_t i = 0; i < made.elements.size(); ++i)
            made.elements[i] = std::byte(i % std::size_t(elementBytes) < 2 ? i * 37 % 251 : 0);
        if (!choices.once(6) && elements > 0) { // sometimes not all of it, or nothing
            if (rank > 0 && choices.once(3)) {
                const std::vector<hsize_t> start(made.shape.size(), 0);
                std::vector<hsize_t> count = made.shape;
                count[0] = (count[0] + 1) / 2;
                H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
            }
            H5Dwrite(dataset, type, space, space, H5P_DEFAULT, made.elements.data());
        }
    }
    for (const hid_t id : {creation, space, dataset})
        if (id >= 0)
            H5Idec_ref(id);
    return dataset >= 0;
}

/// What the library reads once the file has been closed: there are pipelines that it writes and cannot read.
void readBack(const std::string &path, std::vector<Made> &all)
{
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    for (Made &made : all) {
        const hid_t dataset = H5Dopen2(file, made.path.c_str(), H5P_DEFAULT);
        const hid_t type = H5Dget_type(dataset);
        std::fill(made.elements.begin(), made.elements.end(), std::byte(0));
        made.read = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, made.elements.data()) >= 0;
        H5Tclose(type);
        H5Dclose(dataset);
    }
    H5Fclose(file);
}

[[noreturn]] void different(const nms::TensorInfo &tensor, const std::string &what)
{
    std::fprintf(stderr, "%s, %s: %s\n", tensor.path.c_str(), tensor.layout.c_str(), what.c_str());
    std::abort();
}

void compare(nms::TensorSource &source, const nms::TensorInfo &tensor, const Made &made)
{
    if (!std::equal(made.shape.begin(), made.shape.end(), tensor.shape.begin(), tensor.shape.end(),
                    [](hsize_t a, std::int64_t b) { return a == hsize_t(b); }))
        different(tensor, "another shape");
    if (!tensor.unreadable.empty() || made.elements.empty() || !made.read)
        return;
    std::vector<std::byte> read(made.elements.size());
    const std::int64_t rows = tensor.rawRows(), rowBytes = std::int64_t(read.size()) / rows;
    const auto readRows = [&](std::int64_t row, std::int64_t count) {
        const auto part = std::span(read).subspan(std::size_t(row * rowBytes), std::size_t(count * rowBytes));
        if (const nms::Status status = source.readRawRows(tensor, row, count, part); !status)
            different(tensor, status.error().line());
    };
    readRows(rows / 2, rows - rows / 2);
    readRows(0, rows / 2);
    std::vector<std::byte> expected = made.elements;
    if (tensor.storedType.ends_with("BE"))
        for (std::size_t i = 0; i < expected.size(); i += std::size_t(nms::bytesOf(tensor.dtype)))
            std::reverse(expected.begin() + std::ptrdiff_t(i),
                         expected.begin() + std::ptrdiff_t(i) + nms::bytesOf(tensor.dtype));
    if (read != expected)
        different(tensor, "other elements");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    Choices choices(data, size);
    const nms::test::TempFolder folder;
    const std::string path = folder.file("w.h5");
    const hid_t file =
        nms::fuzz::createHdf5(path, choices.once(2) ? nms::fuzz::FileFormat::Newest : nms::fuzz::FileFormat::Oldest);
    std::vector<Made> all;
    for (const char *name : {"a", "mask"}) {
        Made made{name, {}, {}, false, false};
        if (makeDataset(choices, file, made))
            all.push_back(std::move(made));
    }
    H5Fclose(file);
    readBack(path, all);
    const auto whole = [&] {
        std::string bytes(std::size_t(std::filesystem::file_size(path)), '\0');
        std::ifstream(path, std::ios::binary).read(bytes.data(), std::streamsize(bytes.size()));
        return bytes;
    };
    const bool archived = std::filesystem::file_size(path) < (1 << 20) && choices.once(4);
    if (archived)
        folder.write("w.keras", nms::test::zipBytes({{"metadata.json", "{}"}, {"model.weights.h5", whole()}}));
    auto source = nms::openWeights(archived ? folder.file("w.keras") : path);
    if (!source || (*source)->tensors().size() != all.size()) {
        std::fprintf(stderr, "%s\n", source ? "other tensors" : source.error().line().c_str());
        std::abort();
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        nms::fuzz::accepted += (*source)->tensors()[i].unreadable.empty() ? 1 : 0;
        compare(**source, (*source)->tensors()[i], all[i]);
    }
    if (const auto masks = nms::MaskFile::open(path))
        for (const nms::MaskEntry &entry : (*masks)->masks())
            if (entry.rows < 1000 && entry.cols < 1000)
                (void)(*masks)->read(entry);
    if (std::all_of(all.begin(), all.end(), [](const Made &made) { return made.small; }))
        (void)nms::convertWeights(path, folder.file("w.safetensors"));
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    std::vector<std::string> all;
    std::uint64_t state = 1;
    for (int i = 0; i < 32; ++i) {
        std::string &seed = all.emplace_back();
        for (int k = 0; k < 80; ++k) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            seed += char(state >> 56);
        }
    }
    return all;
}

} // namespace nms::fuzz
