// SPDX-License-Identifier: Apache-2.0
#include "core/simd/half.h"
#include "tests/support/numpy_files.h"
#include "tests/unit/io_support.h"

#include <gmock/gmock.h>

namespace nms::test {
namespace {

using testing::HasSubstr;

const std::string data = std::string(NMS_SOURCE_DIR) + "/tests/unit/data/numpy/";
const std::string dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 6), }\n";

/// The elements as tests/unit/data/numpy/make.py wrote them: i − 7.5, or i where they are integers.
template <class T> std::vector<T> fixtureValues(std::size_t count)
{
    std::vector<T> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = std::is_floating_point_v<T> ? T(double(i) - 7.5) : T(i);
    return values;
}

template <class T> void expectFixture(TensorSource &source, const std::string &path, DType dtype, std::size_t count)
{
    const auto tensor = findTensor(source, path);
    ASSERT_TRUE(tensor) << tensor.error().line();
    EXPECT_EQ(tensor->dtype, dtype) << path;
    std::vector<T> values(count);
    const Status read = source.readRawRows(*tensor, 0, tensor->rawRows(), std::as_writable_bytes(std::span(values)));
    ASSERT_TRUE(read) << read.error().line();
    EXPECT_EQ(values, fixtureValues<T>(count)) << path;
}

TEST(Npz, EveryTypeStoredAndDeflated)
{
    for (const char *name : {"stored.npz", "deflated.npz"}) {
        SCOPED_TRACE(name);
        auto opened = openWeights(data + name);
        ASSERT_TRUE(opened) << opened.error().line();
        TensorSource &source = **opened;
        EXPECT_EQ(source.format(), "npz");
        EXPECT_EQ(source.tensors().size(), 23U);
        EXPECT_EQ(source.tensors()[0].path, "block/f2");
        EXPECT_THAT(source.tensors()[0].layout, HasSubstr(std::string(name) == "stored.npz" ? "stored" : "deflate"));
        const std::vector<float> expected = fixtureValues<float>(24);
        const Matrix<float> half = readAll(source, "block/f2");
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), half.data()));
        expectFixture<float>(source, "f4", DType::F32, 24);
        expectFixture<float>(source, "f4_big", DType::F32, 24);
        expectFixture<double>(source, "f8", DType::F64, 24);
        expectFixture<std::int8_t>(source, "i1", DType::I8, 20);
        expectFixture<std::uint8_t>(source, "u1", DType::U8, 20);
        expectFixture<std::int16_t>(source, "i2_big", DType::I16, 20);
        expectFixture<std::uint16_t>(source, "u2", DType::U16, 20);
        expectFixture<std::int32_t>(source, "i4", DType::I32, 20);
        expectFixture<std::uint32_t>(source, "u4", DType::U32, 20);
        expectFixture<std::int64_t>(source, "i8_big", DType::I64, 20);
        expectFixture<std::uint64_t>(source, "u8", DType::U64, 20);
        expectFixture<float>(source, "fortran", DType::F32, 35);
        expectFixture<float>(source, "vector", DType::F32, 9);
        std::vector<std::uint8_t> flags(16);
        ASSERT_TRUE(source.readRawRows(*findTensor(source, "bool"), 0, 4, std::as_writable_bytes(std::span(flags))));
        for (std::size_t i = 0; i < flags.size(); ++i)
            EXPECT_EQ(flags[i], i > 7 ? 1 : 0);
        float scalar = 0;
        ASSERT_TRUE(source.readRawRows(*findTensor(source, "scalar"), 0, 1, std::as_writable_bytes(std::span(&scalar, 1))));
        EXPECT_EQ(scalar, 2.5F);
        EXPECT_EQ(findTensor(source, "empty")->shape, (std::vector<std::int64_t>{0, 4}));
        for (const char *path : {"complex", "texts", "dates", "structure", "objects", "opaque1"})
            EXPECT_NE(findTensor(source, path)->unreadable, "") << path;
        EXPECT_THAT(findTensor(source, "objects")->unreadable, HasSubstr("pickle"));
        // Backwards, which begins a deflated member anew.
        Matrix<float> row(1, 6);
        const TensorInfo f4 = *findTensor(source, "f4");
        for (const std::int64_t which : {3, 0, 2, 1}) {
            ASSERT_TRUE(source.readRows(f4, which, row.span()));
            EXPECT_EQ(row(0, 5), float(which * 6 + 5) - 7.5F);
        }
    }
}

TEST(Npz, ArchivesOfOtherMakes)
{
    for (const char *name : {"streamed.npz", "zip64.npz", "mixed.npz"}) {
        SCOPED_TRACE(name);
        auto source = openWeights(data + name);
        ASSERT_TRUE(source) << source.error().line();
        expectFixture<float>(**source, std::string(name) == "zip64.npz" ? "b" : "w", DType::F32, 24);
    }
    auto mixed = openWeights(data + "mixed.npz");
    ASSERT_EQ((*mixed)->skipped().size(), 1U);
    EXPECT_EQ((*mixed)->skipped()[0].path, "README");
    EXPECT_THAT(findTensor(**mixed, "bz2")->unreadable, HasSubstr("method 12"));
    auto none = openWeights(data + "none.npz");
    ASSERT_TRUE(none) << none.error().line();
    EXPECT_TRUE((*none)->tensors().empty());
}

TEST(Npz, OtherZipArchivesAreNone)
{
    const TempFolder folder;
    const std::string line =
        errorOf(openWeights(folder.write("m.pt", zipBytes({ZipPiece("archive/data.pkl", "\x80\x02")}))), ErrorKind::Input);
    EXPECT_THAT(line, HasSubstr("is a PyTorch checkpoint"));
    EXPECT_THAT(line, HasSubstr("safetensors.torch.save_file"));
}

class BadNpz : public testing::Test
{
protected:
    ZipPiece piece(const std::string &name = "w.npy") const { return {name, npyBytes(dict, std::string(96, 'x'))}; }
    std::string refused(const std::string &bytes, ErrorKind kind = ErrorKind::Input)
    {
        const std::string line = errorOf(openWeights(m_folder.write("bad.npz", bytes)), kind);
        EXPECT_THAT(line, HasSubstr("bad.npz: "));
        EXPECT_EQ(line.find('\n'), std::string::npos);
        return line;
    }
    /// What is said when the only tensor is read.
    std::string readFails(const std::string &bytes, ErrorKind kind = ErrorKind::Input)
    {
        auto source = openWeights(m_folder.write("bad.npz", bytes));
        if (!source || (*source)->tensors().size() != 1) {
            ADD_FAILURE() << (source ? "other tensors" : source.error().line());
            return {};
        }
        const TensorInfo tensor = (*source)->tensors()[0];
        std::vector<std::byte> out(96);
        EXPECT_FALSE((*source)->readRawRows(tensor, 0, 4, out));
        const std::string line = errorOf((*source)->readRawRows(tensor, 0, 4, out), kind); // and again
        EXPECT_THAT(line, HasSubstr("bad.npz: w"));
        return line;
    }

private:
    TempFolder m_folder;
};

TEST_F(BadNpz, MembersThatAreNoArrays)
{
    ZipPiece text("w.npy", "no array at all");
    EXPECT_THAT(refused(zipBytes({text})), HasSubstr("bad.npz: w: is no valid NumPy array"));
    EXPECT_THAT(refused(zipBytes({text.deflated()})), HasSubstr("bad.npz: w: is no valid NumPy array"));
    EXPECT_THAT(refused(zipBytes({ZipPiece("w.npy", "")})), HasSubstr("signature"));
    EXPECT_THAT(refused(zipBytes({ZipPiece("w.npy", npyBytes(dict, std::string(95, 'x'))).deflated()})),
                HasSubstr("cut off"));
}

TEST_F(BadNpz, EndRecords)
{
    const std::string good = zipBytes({piece()}, {}, "a comment");
    const TempFolder folder;
    ASSERT_TRUE(openWeights(folder.write("good.npz", good)));
    ASSERT_TRUE(openWeights(folder.write("gap.npz", zipBytes({piece()}, "between"))));
    EXPECT_THAT(refused(good.substr(0, good.size() - 1)), HasSubstr("no end record: it is cut off"));
    EXPECT_THAT(refused(good + "more"), HasSubstr("no end record"));
    EXPECT_THAT(refused(good.substr(0, 40)), HasSubstr("no end record"));
    const std::size_t end = good.size() - 9 - 22;
    const auto with = [&](std::size_t at, const std::string &bytes) {
        std::string changed = good;
        return changed.replace(end + at, bytes.size(), bytes);
    };
    EXPECT_THAT(refused(with(4, littleEndian(1, 2))), HasSubstr("one part of a multi-part archive"));
    EXPECT_THAT(refused(with(8, littleEndian(2, 2))), HasSubstr("one part of a multi-part archive"));
    EXPECT_THAT(refused(with(8, littleEndian(2, 2) + littleEndian(2, 2))), HasSubstr("1 members, not the 2"));
    EXPECT_THAT(refused(with(16, littleEndian(7, 4))), HasSubstr("directory is not where"));
    EXPECT_THAT(refused(with(16, littleEndian(0xffffffff, 4))), HasSubstr("directory is not where"));
}

TEST_F(BadNpz, Zip64EndRecords)
{
    const std::string good = readFile(data + "zip64.npz");
    const std::size_t locator = good.size() - 22 - 20, end = locator - 56;
    const auto with = [&](std::size_t at, const std::string &bytes) {
        std::string changed = good;
        return changed.replace(at, bytes.size(), bytes);
    };
    EXPECT_THAT(refused(with(locator + 8, littleEndian(~0ULL, 8))), HasSubstr("outside of the file"));
    EXPECT_THAT(refused(with(locator + 8, littleEndian(3, 8))), HasSubstr("zip64 end record is damaged"));
    EXPECT_THAT(refused(with(locator + 16, littleEndian(2, 4))), HasSubstr("one part of a multi-part archive"));
    EXPECT_THAT(refused(with(end + 16, littleEndian(1, 4))), HasSubstr("one part of a multi-part archive"));
    EXPECT_THAT(refused(with(end + 24, littleEndian(1ULL << 60, 8) + littleEndian(1ULL << 60, 8))),
                HasSubstr("directory is not where"));
    EXPECT_THAT(refused(with(end + 24, littleEndian(1, 8) + littleEndian(1, 8))), HasSubstr("2 members, not the 1"));
}

TEST_F(BadNpz, LyingSizes)
{
    ZipPiece larger = piece();
    larger.bytes += 1;
    EXPECT_THAT(refused(zipBytes({larger})), HasSubstr("another size than it takes"));
    ZipPiece beyond = piece();
    beyond.bytes = beyond.storedBytes = 1 << 20;
    EXPECT_THAT(refused(zipBytes({beyond})), HasSubstr("outside of it"));
    ZipPiece bomb = piece().deflated();
    bomb.bytes = 0xfffffff0;
    EXPECT_THAT(refused(zipBytes({bomb})), HasSubstr("can hold"));
    ZipPiece other = piece();
    other.localBytes = other.bytes - 1;
    EXPECT_THAT(refused(zipBytes({other})), HasSubstr("a header that contradicts the directory"));
    ZipPiece field = piece();
    field.bytes = field.storedBytes = 0xffffffff;
    field.extra = littleEndian(1, 2) + littleEndian(8, 2) + littleEndian(3, 8); // of two
    EXPECT_THAT(refused(zipBytes({field})), HasSubstr("damaged zip64 field"));
    field.extra = littleEndian(1, 2) + littleEndian(16, 2) + littleEndian(~0ULL, 8) + littleEndian(~0ULL, 8);
    EXPECT_THAT(refused(zipBytes({field})), HasSubstr("outside of it"));
}

TEST_F(BadNpz, PlacesAndNames)
{
    ZipPiece away = piece();
    away.offset = 3;
    EXPECT_THAT(refused(zipBytes({away})), HasSubstr("does not begin where"));
    away.offset = 0xfffffff0;
    EXPECT_THAT(refused(zipBytes({away})), HasSubstr("outside of it"));
    ZipPiece renamed = piece();
    renamed.localName = "v.npy";
    EXPECT_THAT(refused(zipBytes({renamed})), HasSubstr("another name in its own header"));
    EXPECT_THAT(refused(zipBytes({piece(), piece()})), HasSubstr("w.npy twice"));

    // A second entry of the directory for bytes within the first member.
    const std::string inner = zipBytes({piece("inner.npy")});
    ZipPiece outer("outer.npy", npyBytes(dict, std::string(96, 'x')) + inner.substr(0, inner.size() - 22 - 46 - 9));
    ZipPiece inside = piece("inner.npy");
    inside.offset = 30 + 9 + npyBytes(dict, std::string(96, 'x')).size();
    EXPECT_THAT(refused(zipBytes({outer, inside})), HasSubstr("overlap"));
}

TEST_F(BadNpz, EncryptedMembersAndOtherMethodsAreListedWithTheReason)
{
    const TempFolder folder;
    ZipPiece encrypted = piece("secret.npy"), strange = piece("lzma.npy"), plain = piece();
    encrypted.flags = 1;
    strange.method = 14;
    auto source = openWeights(folder.write("w.npz", zipBytes({encrypted, strange, plain})));
    ASSERT_TRUE(source) << source.error().line();
    EXPECT_THAT(findTensor(**source, "secret")->unreadable, HasSubstr("is encrypted"));
    EXPECT_THAT(findTensor(**source, "lzma")->unreadable, HasSubstr("method 14"));
    EXPECT_TRUE(findTensor(**source, "w")->isMatrix());
    std::byte out[1];
    EXPECT_THAT(errorOf((*source)->readRawRows(*findTensor(**source, "secret"), 0, 1, out), ErrorKind::Unsupported),
                HasSubstr("encrypted"));
}

TEST_F(BadNpz, DamagedData)
{
    for (const bool deflated : {false, true}) {
        ZipPiece wrong = deflated ? piece().deflated() : piece();
        wrong.crc ^= 1;
        EXPECT_THAT(readFails(zipBytes({wrong})), HasSubstr("checksum"));
    }
    ZipPiece longer = piece().deflated();
    longer.bytes -= 1; // as much as the array needs is there no more
    EXPECT_THAT(refused(zipBytes({longer})), HasSubstr("cut off"));
    // The archive says less than there is, and the array's own header agrees.
    ZipPiece more = ZipPiece("w.npy", npyBytes(dict, std::string(97, 'x'))).deflated();
    more.bytes -= 1;
    EXPECT_THAT(readFails(zipBytes({more})), HasSubstr("holds more than"));
    ZipPiece less = ZipPiece("w.npy", npyBytes(dict, std::string(95, 'x'))).deflated();
    less.bytes += 1;
    EXPECT_THAT(readFails(zipBytes({less})), HasSubstr("ends after"));
    ZipPiece behind = piece().deflated();
    behind.stored += "xx";
    behind.storedBytes += 2;
    EXPECT_THAT(readFails(zipBytes({behind})), HasSubstr("bytes behind its end"));
    ZipPiece cut = ZipPiece("w.npy", npyBytes(dict, readFile(data + "stored.npz").substr(0, 96))).deflated();
    cut.stored.resize(cut.stored.size() - 12);
    cut.storedBytes -= 12;
    EXPECT_THAT(readFails(zipBytes({cut})), HasSubstr("deflate stream"));
    ZipPiece garbled = piece().deflated();
    garbled.stored.assign(garbled.stored.size(), '\xff');
    EXPECT_THAT(refused(zipBytes({garbled})), HasSubstr("deflate stream"));
}

TEST_F(BadNpz, ACancelledReadStops)
{
    const TempFolder folder;
    std::stop_source stop;
    auto source = openWeights(folder.write("w.npz", zipBytes({piece().deflated()})), stop.get_token());
    ASSERT_TRUE(source);
    stop.request_stop();
    std::vector<std::byte> out(96);
    errorOf((*source)->readRawRows((*source)->tensors()[0], 0, 4, out), ErrorKind::Cancelled);
    errorOf(openWeights(folder.file("w.npz"), stop.get_token()), ErrorKind::Cancelled);
}

} // namespace
} // namespace nms::test
