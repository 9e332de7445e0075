// SPDX-License-Identifier: Apache-2.0
// Chunks: which filters run in this process and which in the helper, and that both find what was written.
#include "core/io/hdf5/chunk_codec.h"
#include "core/io/hdf5/lzf.h"
#include "tests/unit/io_support.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <gmock/gmock.h>
#include <new>
#include <random>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace nms::test {
namespace {

using testing::HasSubstr;

enum Filter { Shuffle, Deflate, Fletcher32, Szip, Nbit, ScaleOffset };

hid_t chunkedWith(const std::vector<hsize_t> &chunk, const std::vector<Filter> &filters)
{
    const hid_t creation = chunked(chunk, false);
    for (const Filter filter : filters) {
        if (filter == Shuffle)
            H5Pset_shuffle(creation);
        else if (filter == Deflate)
            H5Pset_deflate(creation, 4);
        else if (filter == Fletcher32)
            H5Pset_fletcher32(creation);
        else if (filter == Szip)
            EXPECT_GE(H5Pset_szip(creation, H5_SZIP_NN_OPTION_MASK, 8), 0);
        else if (filter == Nbit)
            H5Pset_nbit(creation);
        else
            H5Pset_scaleoffset(creation, H5Z_SO_FLOAT_DSCALE, 3); // multiples of 1/8 have three decimals
    }
    return creation;
}

TEST(Hdf5Filters, EveryPipelineHoldsWhatWasWritten)
{
    const std::vector<std::vector<Filter>> pipelines = {{},
                                                        {Shuffle},
                                                        {Deflate},
                                                        {Fletcher32},
                                                        {Shuffle, Deflate, Fletcher32},
                                                        {Fletcher32, Shuffle, Deflate},
                                                        {Deflate, Shuffle},
                                                        {Shuffle, Shuffle},
                                                        {Deflate, Deflate},
                                                        {Szip},
                                                        {Nbit},
                                                        {ScaleOffset},
                                                        {Shuffle, Szip, Fletcher32},
                                                        {Nbit, Deflate},
                                                        {ScaleOffset, Shuffle, Deflate}};
    const std::vector<std::vector<hsize_t>> chunks = {{8, 16}, {5, 50}, {37, 50}, {7, 9}, {1, 3}};
    const TempFolder folder;
    const std::vector<float> values = gentleValues(37, 50);
    {
        const Hdf5Builder file(folder.file("w.h5"));
        for (std::size_t i = 0; i < pipelines.size(); ++i)
            for (std::size_t j = 0; j < chunks.size(); ++j) {
                const std::string path = std::to_string(i) + "/" + std::to_string(j);
                if (j == 4 && i >= 9) // szip wants 8 elements at least
                    continue;
                file.dataset(path, H5T_IEEE_F32LE, {37, 50}, values.data(), chunkedWith(chunks[j], pipelines[i]));
                file.dataset(path + "-vector", H5T_IEEE_F32LE, {1850}, values.data(),
                             chunkedWith({chunks[j][0] * chunks[j][1]}, pipelines[i]));
            }
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source) << source.error().line();
    EXPECT_GT((*source)->tensors().size(), 130U);
    for (const TensorInfo &tensor : (*source)->tensors())
        for (const std::int64_t step : {std::int64_t(5), tensor.rawRows()}) {
            std::vector<float> read(values.size());
            std::int64_t row = 0;
            for (; row < tensor.rawRows(); row += step) {
                const std::int64_t rows = std::min(step, tensor.rawRows() - row);
                const auto part =
                    std::span(read).subspan(std::size_t(row * tensor.rawCols()), std::size_t(rows * tensor.rawCols()));
                const Status status = (*source)->readRawRows(tensor, row, rows, std::as_writable_bytes(part));
                ASSERT_TRUE(status) << tensor.layout << " " << status.error().line();
            }
            ASSERT_EQ(std::memcmp(read.data(), values.data(), 4 * values.size()), 0) << tensor.path << " " << tensor.layout;
            if (tensor.shape.size() == 1)
                break; // 370 panels a piece are enough for matrices
        }
}

/// Element k of what tests/unit/data/hdf5/make.py wrote.
float eighth(std::int64_t k)
{
    return float((k * 7919) % 2001 - 1000) / 8;
}

/// h5py's own filter, which libhdf5 does not have.
TEST(Hdf5Filters, LzfIsReadAsH5pyWroteIt)
{
    auto source = openWeights(std::string(NMS_SOURCE_DIR) + "/tests/unit/data/hdf5/lzf.h5");
    ASSERT_TRUE(source) << source.error().line();
    EXPECT_EQ((*source)->tensors().size(), 18U);
    for (const TensorInfo &tensor : (*source)->tensors()) {
        EXPECT_THAT(tensor.layout, HasSubstr("lzf"));
        EXPECT_EQ(tensor.unreadable, "");
        std::vector<std::byte> raw(std::size_t(tensor.elements() * bytesOf(tensor.dtype)));
        const Status read = (*source)->readRawRows(tensor, 0, tensor.rawRows(), raw);
        ASSERT_TRUE(read) << read.error().line();
        for (std::int64_t k = 0; k < tensor.elements(); ++k) {
            if (tensor.path == "zeros") {
                ASSERT_EQ(raw[std::size_t(k)], std::byte(0));
            } else if (tensor.path == "ramp") {
                std::int32_t value = 0;
                std::memcpy(&value, raw.data() + 4 * k, 4);
                ASSERT_EQ(value, k / 9);
            } else {
                float value = 0;
                std::memcpy(&value, raw.data() + 4 * k, 4);
                ASSERT_EQ(value, eighth(k)) << tensor.path << " " << k;
            }
        }
    }
    EXPECT_EQ(findTensor(**source, "matrix/11")->layout, "chunked 8×16, shuffle+lzf+fletcher32");
}

TEST(Hdf5Filters, PlugInsRunInTheHelper)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(37, 50);
    int available = 0;
    {
#if defined(__SANITIZE_ADDRESS__)
        const __lsan::ScopedDisabler pluginsLeak;
#endif
        const Hdf5Builder file(folder.file("w.h5"));
        for (const H5Z_filter_t number : {307, 32001, 32004}) { // bzip2, blosc, lz4: Debian packages them
            if (H5Zfilter_avail(number) <= 0)
                continue;
            const hid_t creation = chunked({8, 50}, false);
            const unsigned level = number == 307 ? 9 : 0;
            H5Pset_filter(creation, number, H5Z_FLAG_MANDATORY, number == 32001 ? 0 : 1, &level);
            file.dataset("w" + std::to_string(number), H5T_IEEE_F32LE, {37, 50}, values.data(), creation);
            ++available;
        }
    }
    if (available == 0)
        GTEST_SKIP() << "no filter plug-in is installed";
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source);
    for (const TensorInfo &tensor : (*source)->tensors())
        EXPECT_EQ(std::memcmp(readAll(**source, tensor.path).data(), values.data(), 4 * values.size()), 0) << tensor.layout;
}

std::atomic<int> timesRun = 0;

std::size_t countedCopy(unsigned, std::size_t, const unsigned *, std::size_t bytes, std::size_t *, void **)
{
    ++timesRun;
    return bytes;
}

/// The library's pipeline would run this filter, which is known here and not in the helper.
TEST(Hdf5Filters, NoPipelineOfTheLibraryRunsInThisProcess)
{
    constexpr H5Z_filter_t number = 32766;
    const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, number, 1, 1, "counted", nullptr, nullptr, countedCopy};
    ASSERT_GE(H5Zregister(&filter), 0);
    const TempFolder folder;
    const std::vector<float> values = gentleValues(8, 8);
    {
        const Hdf5Builder file(folder.file("w.h5"));
        const hid_t creation = chunked({4, 8}, true);
        H5Pset_filter(creation, number, H5Z_FLAG_MANDATORY, 0, nullptr);
        file.dataset("w", H5T_IEEE_F32LE, {8, 8}, values.data(), creation);
    }
    EXPECT_GT(timesRun, 0);
    timesRun = 0;
    Matrix<float> out(8, 8);
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source);
    EXPECT_THAT(errorOf((*source)->readRows((*source)->tensors().at(0), 0, out.span()), ErrorKind::Unsupported),
                HasSubstr("filter 32766"));
    EXPECT_EQ(timesRun, 0);
    H5Zunregister(number);
}

TEST(Hdf5Filters, UnfilteredEdgesAndSkippedFilters)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(10, 10);
    {
        const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
        const hid_t file = H5Fcreate(folder.file("w.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
        const hsize_t shape[] = {10, 10}, one[] = {4, 10};
        const hid_t space = H5Screate_simple(2, shape, nullptr), small = H5Screate_simple(2, one, nullptr);
        const hid_t edges = chunkedWith({4, 6}, {Shuffle, Deflate}),
                    whole = chunkedWith({4, 10}, {Shuffle, Deflate, Fletcher32});
        H5Pset_chunk_opts(edges, H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS);
        const hid_t w = H5Dcreate2(file, "edges", H5T_IEEE_F32LE, space, H5P_DEFAULT, edges, H5P_DEFAULT);
        EXPECT_GE(H5Dwrite(w, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
        const hid_t skipped = H5Dcreate2(file, "skipped", H5T_IEEE_F32LE, small, H5P_DEFAULT, whole, H5P_DEFAULT);
        const hsize_t at[] = {0, 0};
        EXPECT_GE(H5Dwrite_chunk(skipped, H5P_DEFAULT, 7, at, 160, values.data()), 0);
        for (const hid_t id : {access, space, small, edges, whole, w, skipped, file})
            H5Idec_ref(id);
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source) << source.error().line();
    const Matrix<float> edges = readAll(**source, "edges"), skipped = readAll(**source, "skipped");
    EXPECT_TRUE(std::equal(edges.data(), edges.data() + 100, values.begin()));
    EXPECT_TRUE(std::equal(skipped.data(), skipped.data() + 40, values.begin()));
}

/// With szip the helper reads, else we do.
TEST(Hdf5Filters, DamagedChunksAreAnErrorWithThePlace)
{
    for (const std::vector<Filter> &filters : std::vector<std::vector<Filter>>{
             {Shuffle, Deflate}, {Fletcher32}, {Shuffle, Deflate, Fletcher32}, {Szip, Fletcher32}}) {
        const TempFolder folder;
        const std::vector<float> values = gentleValues(64, 64);
        haddr_t offset = 0;
        hsize_t size = 0;
        {
            const Hdf5Builder file(folder.file("w.h5"));
            file.dataset("w", H5T_IEEE_F32LE, {64, 64}, values.data(), chunkedWith({16, 64}, filters));
            const hid_t dataset = H5Dopen2(file.file(), "w", H5P_DEFAULT);
            const hsize_t chunk[] = {16, 0};
            H5Dget_chunk_info_by_coord(dataset, chunk, nullptr, &offset, &size);
            H5Dclose(dataset);
        }
        std::string bytes = readFile(folder.file("w.h5"));
        bytes[offset + size - 2] = char(bytes[offset + size - 2] ^ 0x55); // of a checksum; elsewhere it need not matter
        folder.write("w.h5", bytes);
        auto source = openWeights(folder.file("w.h5"));
        ASSERT_TRUE(source);
        Matrix<float> out(16, 64);
        const TensorInfo tensor = (*source)->tensors().at(0);
        EXPECT_TRUE((*source)->readRows(tensor, 0, out.span()));
        const std::string line = errorOf((*source)->readRows(tensor, 16, out.span()), ErrorKind::Input);
        EXPECT_THAT(line, HasSubstr("w.h5: w: "));
        EXPECT_THAT(line, HasSubstr("the file is damaged"));
        if (filters.front() != Szip) {
            EXPECT_THAT(line, HasSubstr("rows 16 to 31 cannot be read: the chunk at (16, 0) is damaged"));
        }
        EXPECT_TRUE((*source)->readRows(tensor, 32, out.span()));
    }
}

TEST(ChunkCodec, ChecksumsOfAnyLengthAreTheLibrarysOwn)
{
    const TempFolder folder;
    for (const hsize_t bytes : {hsize_t(1), hsize_t(2), hsize_t(719), hsize_t(720), hsize_t(722), hsize_t(100'003)}) {
        std::vector<std::uint8_t> values(bytes);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = std::uint8_t(255 - i * i % 251);
        const Hdf5Builder file(folder.file("w.h5"));
        file.dataset("w", H5T_STD_U8LE, {bytes}, values.data(), chunkedWith({bytes}, {Fletcher32}));
        const hid_t dataset = H5Dopen2(file.file(), "w", H5P_DEFAULT);
        std::vector<std::byte> stored(bytes + 4);
        const hsize_t at = 0;
        std::uint32_t skipped = 0;
        ASSERT_GE(H5Dread_chunk(dataset, H5P_DEFAULT, &at, &skipped, stored.data()), 0);
        H5Dclose(dataset);
        std::uint32_t told = 0;
        std::memcpy(&told, stored.data() + bytes, 4);
        EXPECT_EQ(fletcher32(std::span(stored).first(bytes)), told) << bytes;
    }
}

TEST(ChunkCodec, RefusesWhatCannotBe)
{
    using Kind = ChunkFilter::Kind;
    const ChunkFilter deflate = {Kind::Deflate, 1}, checksum = {Kind::Fletcher32, 1}, shuffle = {Kind::Shuffle, 3};
    ChunkScratch scratch;
    const std::vector<std::byte> elements(30, std::byte(7));
    const std::vector<std::byte> packed = shuffleAndDeflate(elements, 1);
    EXPECT_TRUE(decodeChunk(packed, std::vector{deflate}, 0, 30, scratch));
    EXPECT_FALSE(decodeChunk(packed, std::vector{deflate}, 0, 31, scratch));
    EXPECT_FALSE(decodeChunk(packed, std::vector{deflate}, 0, 29, scratch));
    EXPECT_FALSE(decodeChunk(packed, std::vector{deflate}, 1, 30, scratch));
    EXPECT_FALSE(decodeChunk(packed, std::vector{checksum}, 0, 30, scratch));
    EXPECT_FALSE(decodeChunk(std::span(packed).first(3), std::vector{checksum}, 0, 30, scratch));
    EXPECT_FALSE(decodeChunk({}, std::vector{deflate, checksum}, 0, 30, scratch));
    const auto whole = decodeChunk(elements, std::vector{shuffle}, 0, 30, scratch);
    ASSERT_TRUE(whole);
    EXPECT_TRUE(std::equal(whole->begin(), whole->end(), elements.begin()));
    EXPECT_TRUE(decodeChunk(elements, std::vector{shuffle}, 1, 30, scratch));
    // A terabyte that twelve bytes claim is not even asked for.
    EXPECT_FALSE(decodeChunk(packed, std::vector{deflate}, 0, std::size_t(1) << 40, scratch));
    EXPECT_LT(scratch.here.capacity() + scratch.there.capacity(), 1000U);
}

std::vector<std::byte> randomBytes(std::size_t count, unsigned values)
{
    std::mt19937 random(5);
    std::vector<std::byte> bytes(count);
    for (std::byte &byte : bytes)
        byte = std::byte(random() % values);
    return bytes;
}

TEST(ChunkCodec, DeflatesWhatBecomesSmaller)
{
    EXPECT_FALSE(gainsFromDeflate(randomBytes(1 << 20, 256)));
    EXPECT_FALSE(gainsFromDeflate(randomBytes(65537, 256)));
    EXPECT_TRUE(gainsFromDeflate(randomBytes(65536, 70))); // as the bits of 4:8: 6.1 bits a byte
    EXPECT_TRUE(gainsFromDeflate(randomBytes(100003, 2))); // flags
    EXPECT_TRUE(gainsFromDeflate(randomBytes(65535, 256))) << "too few to look first";
    EXPECT_TRUE(gainsFromDeflate({}));
    std::vector<std::byte> half = randomBytes(1 << 20, 256); // zeros at the end
    std::fill(half.begin() + (1 << 19), half.end(), std::byte(0));
    EXPECT_TRUE(gainsFromDeflate(half));
}

std::optional<std::string> unpackedLzf(std::string_view stored, std::size_t bytes)
{
    std::string text(bytes, '?');
    const auto out = std::as_writable_bytes(std::span(text));
    return inflateLzf(std::as_bytes(std::span(stored)), out) ? std::optional(text) : std::nullopt;
}

TEST(Lzf, LiteralsAndRepetitions)
{
    using namespace std::string_view_literals;
    EXPECT_EQ(unpackedLzf("", 0), "");
    EXPECT_EQ(unpackedLzf("\x02"
                          "abc"sv,
                          3),
              "abc");
    EXPECT_EQ(unpackedLzf("\x02"
                          "abc\x20\x02"sv,
                          6),
              "abcabc"); // three bytes from three before
    EXPECT_EQ(unpackedLzf("\x00"
                          "a\x40\x00"sv,
                          5),
              "aaaaa"); // they overlap
    EXPECT_EQ(unpackedLzf("\x00"
                          "a\xe0\xff\x00"sv,
                          265),
              std::string(265, 'a')); // the longest: 264
    EXPECT_EQ(unpackedLzf("\x1f" + std::string(32, 'x'), 32), std::string(32, 'x'));
}

TEST(Lzf, RefusesWhatCannotBe)
{
    using namespace std::string_view_literals;
    for (const std::string_view stored : {"\x02"
                                          "ab"sv,
                                          "\x02"
                                          "abcd"sv,
                                          "\x02"
                                          "abc\x20"sv,
                                          "\x02"
                                          "abc\xe0"sv,
                                          "\x02"
                                          "abc\xe0\x01"sv,
                                          "\x02"
                                          "abc\x20\x03"sv,
                                          "\x20\x00"sv,
                                          "\x02"
                                          "abc\x20\x00"sv,
                                          ""sv})
        EXPECT_FALSE(unpackedLzf(stored, 3)) << stored;
    EXPECT_FALSE(unpackedLzf("\x02"
                             "abc",
                             4));
    // A size that so few bytes cannot have is not even asked for.
    ChunkScratch scratch;
    const std::vector<std::byte> few(12);
    const std::vector filters = {ChunkFilter{ChunkFilter::Kind::Lzf, 1}};
    EXPECT_FALSE(decodeChunk(few, filters, 0, std::size_t(1) << 40, scratch));
    EXPECT_LT(scratch.here.capacity() + scratch.there.capacity(), 1000U);
}

/// As a damaged file may say. Were its bytes counted one by one, this would never end.
TEST(ChunkCodec, ElementsLargerThanTheChunkAreNoWork)
{
    std::vector<std::byte> elements(30);
    for (std::size_t i = 0; i < elements.size(); ++i)
        elements[i] = std::byte(i);
    ChunkScratch scratch;
    for (const std::size_t elementBytes : {std::size_t(16), std::size_t(30), std::size_t(31), ~std::size_t(0)}) {
        const ChunkFilter shuffle{ChunkFilter::Kind::Shuffle, elementBytes};
        const auto decoded = decodeChunk(elements, std::vector{shuffle}, 0, elements.size(), scratch);
        ASSERT_TRUE(decoded);
        EXPECT_TRUE(std::equal(decoded->begin(), decoded->end(), elements.begin()));
    }
}

} // namespace
} // namespace nms::test
