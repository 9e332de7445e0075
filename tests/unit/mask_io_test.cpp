// SPDX-License-Identifier: Apache-2.0
// Masks out and in again, in every format.
#include "core/io/mask_file.h"
#include "core/io/mask_writer.h"
#include "core/simd/half.h"
#include "tests/support/deny_syscall.h"
#include "tests/unit/io_support.h"

#include <csignal>
#include <gmock/gmock.h>
#include <random>
#include <sys/resource.h>
#include <thread>

namespace nms::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr MaskPromise promise{{8, 16}};

/// Keeps 8:16 along rows and columns: in each tile a band, of which random pairs of entries change places until little of it
/// is left.
Mask randomMask(std::int64_t rows, std::int64_t cols, unsigned seed)
{
    Mask mask(rows, cols);
    std::mt19937 random(seed);
    for (std::int64_t row0 = 0; row0 < rows; row0 += 16)
        for (std::int64_t col0 = 0; col0 < cols; col0 += 16) {
            bool kept[16][16];
            for (int i = 0; i < 16; ++i)
                for (int j = 0; j < 16; ++j)
                    kept[i][j] = (j + 16 - i) % 16 < 8;
            for (int exchange = 0; exchange < 500; ++exchange) {
                const auto a = random() % 16, b = random() % 16, c = random() % 16, d = random() % 16;
                if (kept[a][c] && kept[b][d] && !kept[a][d] && !kept[b][c]) {
                    kept[a][c] = kept[b][d] = false;
                    kept[a][d] = kept[b][c] = true;
                }
            }
            for (std::int64_t row = row0; row < std::min(rows, row0 + 16); ++row)
                for (std::int64_t col = col0; col < std::min(cols, col0 + 16); ++col)
                    mask.set(row, col, kept[row - row0][col - col0]);
        }
    return mask;
}

Mask rowsOf(const Mask &mask, std::int64_t row0, std::int64_t rows)
{
    Mask part(rows, mask.cols());
    for (std::int64_t row = 0; row < rows; ++row)
        std::copy(mask.row64(row0 + row).begin(), mask.row64(row0 + row).end(), part.row64(row).begin());
    return part;
}

MaskFacts someFacts()
{
    MaskFacts facts;
    facts.pattern = {8, 16};
    facts.method = "dykstra";
    facts.tau = 100;
    facts.iterations = 300;
    facts.tolerance = 0.01;
    facts.warmStart = "capped";
    facts.objective = 12.25;
    facts.upperBound = 12.5;
    facts.relativeGap = 0.02;
    facts.transposable = true;
    facts.source = "w.h5";
    return facts;
}

/// Weights in f16, f32 and as a conv kernel; no weight is zero.
std::string makeWeights(const TempFolder &folder)
{
    std::vector<float> values = gentleValues(40, 70);
    for (float &value : values)
        value = value == 0 ? 0.5F : value;
    std::vector<std::uint16_t> halves(values.size());
    floatToHalf(values, halves);
    const Hdf5Builder file(folder.file("w.h5"));
    const hid_t half = halfType(false);
    file.dataset("a/b/half", half, {40, 70}, halves.data());
    H5Tclose(half);
    file.dataset("a/single", H5T_IEEE_F32LE, {40, 64}, values.data());
    file.dataset("conv", H5T_IEEE_F32LE, {40, 5, 2, 7}, values.data());
    return folder.file("w.h5");
}

class MaskRoundTrip : public testing::TestWithParam<std::tuple<MaskFormat, const char *>>
{ };

TEST_P(MaskRoundTrip, ComesBackWithItsFacts)
{
    const auto [format, target] = GetParam();
    const TempFolder folder;
    const std::string input = makeWeights(folder);
    auto source = openWeights(input);
    ASSERT_TRUE(source);
    auto writer = format == MaskFormat::Applied
        ? MaskWriter::createApplied(folder.file(target), {source->get(), (*source)->tensors()})
        : MaskWriter::create(folder.file(target), input, format);
    ASSERT_TRUE(writer) << writer.error().line();
    std::vector<Mask> masks;
    for (const TensorInfo &tensor : (*source)->tensors()) {
        ASSERT_TRUE((*writer)->beginTensor(tensor, promise));
        Mask &all = masks.emplace_back(tensor.rows(), tensor.cols());
        for (std::int64_t first = 0; first < tensor.rows(); first += tensor.matrixRows()) // of a stack each by itself
            all.assignRows(first, randomMask(tensor.matrixRows(), tensor.cols(), unsigned(first) + unsigned(masks.size())));
        for (std::int64_t row = 0; row < tensor.rows(); row += 16) {
            const std::int64_t rows = std::min<std::int64_t>(16, tensor.rows() - row);
            const Status written = (*writer)->writeRows(row, rowsOf(masks.back(), row, rows));
            ASSERT_TRUE(written) << written.error().line();
        }
        ASSERT_TRUE((*writer)->finishTensor(someFacts()));
    }
    EXPECT_FALSE(std::filesystem::exists(folder.file(target)));
    const Status committed = (*writer)->commit();
    ASSERT_TRUE(committed) << committed.error().line();
    writer->reset();
    EXPECT_EQ(folder.fileCount(), 2U);

    auto file = MaskFile::open(folder.file(target), {}, {.prunedWeights = true});
    ASSERT_TRUE(file) << file.error().line();
    ASSERT_EQ((*file)->masks().size(), 3U);
    for (const MaskEntry &entry : (*file)->masks()) {
        SCOPED_TRACE(entry.datasetPath);
        const auto &tensors = (*source)->tensors();
        const auto tensor =
            std::find_if(tensors.begin(), tensors.end(), [&](const TensorInfo &t) { return t.path == entry.tensorPath; });
        ASSERT_NE(tensor, tensors.end());
        EXPECT_EQ(entry.format, format);
        EXPECT_EQ(entry.shape, tensor->shape);
        EXPECT_EQ(entry.datasetPath, format == MaskFormat::Applied ? tensor->path : tensor->path + "/mask");
        const Mask &expected = masks[std::size_t(tensor - tensors.begin())];
        auto mask = (*file)->read(entry);
        ASSERT_TRUE(mask) << mask.error().line();
        EXPECT_EQ(*mask, expected);
        auto part = (*file)->readRows(entry, 30, 10);
        ASSERT_TRUE(part);
        EXPECT_EQ(*part, rowsOf(expected, 30, 10));
        EXPECT_FALSE((*file)->readRows(entry, entry.rows - 9, 10));
        EXPECT_EQ(entry.isPruned, format == MaskFormat::Applied);
        if (entry.isPruned) // the copy of a model says nothing that the model did not
            continue;
        EXPECT_EQ(entry.axes.letters, tensor->axes.letters);
        EXPECT_EQ(entry.pattern, (NmPattern{8, 16}));
        EXPECT_EQ(entry.method, "dykstra");
        EXPECT_EQ(entry.tau, 100.0);
        EXPECT_EQ(entry.iterations, 300);
        EXPECT_EQ(entry.tolerance, 0.01);
        EXPECT_EQ(entry.warmStart, "capped");
        EXPECT_EQ(entry.objective, 12.25);
        EXPECT_EQ(entry.upperBound, 12.5);
        EXPECT_EQ(entry.relativeGap, 0.02);
        EXPECT_EQ(entry.transposable, true);
        EXPECT_EQ(entry.source, "w.h5");
        EXPECT_EQ(entry.version, NMS_VERSION);
    }
    if (format != MaskFormat::Applied)
        return;
    auto applied = openWeights(folder.file(target));
    ASSERT_TRUE(applied);
    for (std::size_t i = 0; i < masks.size(); ++i) {
        const TensorInfo &tensor = (*source)->tensors()[i];
        EXPECT_EQ(findTensor(**applied, tensor.path)->dtype, tensor.dtype);
        const Matrix<float> before = readAll(**source, tensor.path);
        const Matrix<float> after = readAll(**applied, tensor.path);
        for (std::int64_t row = 0; row < before.rows(); ++row)
            for (std::int64_t col = 0; col < before.cols(); ++col)
                ASSERT_EQ(after(row, col), masks[i].at(row, col) ? before(row, col) : 0);
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, MaskRoundTrip,
                         testing::Combine(testing::Values(MaskFormat::Bytes, MaskFormat::Packed, MaskFormat::Applied),
                                          testing::Values("m.h5", "m.safetensors")));

TEST(MaskWriter, RefusesTheInputAndOddTargets)
{
    const TempFolder folder;
    const std::string input = makeWeights(folder);
    std::filesystem::create_symlink(input, folder.file("soft.h5"));
    std::filesystem::create_hard_link(input, folder.file("hard.h5"));
    const auto refused = [&](const std::string &target, ErrorKind kind) {
        return errorOf(MaskWriter::create(target, input, MaskFormat::Bytes), kind);
    };
    EXPECT_THAT(refused(input, ErrorKind::Usage), HasSubstr("is the input itself"));
    EXPECT_THAT(refused(folder.file("soft.h5"), ErrorKind::Usage), HasSubstr("is the input itself"));
    EXPECT_THAT(refused(folder.file("hard.h5"), ErrorKind::Usage), HasSubstr("is the input itself"));
    EXPECT_THAT(refused(folder.file("m.txt"), ErrorKind::Usage), HasSubstr("names no format"));
    EXPECT_THAT(refused(folder.file("none/m.h5"), ErrorKind::Io), HasSubstr("create the folder first"));
    EXPECT_THAT(refused(input + "/m.h5", ErrorKind::Io), HasSubstr("cannot be written"));
    std::filesystem::create_directory(folder.file("m.h5"));
    EXPECT_THAT(refused(folder.file("m.h5"), ErrorKind::Io), HasSubstr("is a folder"));
    EXPECT_EQ(folder.fileCount(), 4U);
}

TEST(MaskWriter, LeavesTheOldFileWhenItIsNotFinished)
{
    const TempFolder folder;
    const std::string input = makeWeights(folder);
    auto source = openWeights(input);
    for (const char *target : {"m.h5", "m.safetensors"}) {
        folder.write(target, "old");
        {
            auto writer = MaskWriter::create(folder.file(target), input, MaskFormat::Bytes);
            ASSERT_TRUE(writer);
            ASSERT_TRUE((*writer)->beginTensor((*source)->tensors()[0], promise));
            ASSERT_TRUE((*writer)->writeRows(0, randomMask(16, 70, 1)));
            EXPECT_FALSE((*writer)->writeRows(32, Mask(8, 70)));
            EXPECT_FALSE((*writer)->writeRows(16, Mask(8, 64)));
            EXPECT_FALSE((*writer)->finishTensor(someFacts()));
            EXPECT_FALSE((*writer)->commit());
        }
        EXPECT_EQ(readFile(folder.file(target)), "old");
    }
    EXPECT_EQ(folder.fileCount(), 3U);
}

/// No file of this process grows beyond `bytes` while it lives: what a full disk looks like to a writer.
class SmallDisk
{
public:
    explicit SmallDisk(rlim_t bytes) : m_handler(::signal(SIGXFSZ, SIG_IGN))
    {
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        const rlimit limit = {bytes, m_before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    SmallDisk(const SmallDisk &) = delete;
    SmallDisk &operator=(const SmallDisk &) = delete;
    ~SmallDisk()
    {
        ::setrlimit(RLIMIT_FSIZE, &m_before);
        ::signal(SIGXFSZ, m_handler);
    }

private:
    rlimit m_before = {};
    void (*m_handler)(int);
};

TEST(MaskWriter, AFullDiskIsAnErrorAndLeavesNothing)
{
    const TempFolder folder;
    TensorInfo tensor;
    tensor.path = "w";
    tensor.shape = {256, 512};
    tensor.dtype = DType::F32;
    for (const char *target : {"m.h5", "m.safetensors"})
        for (const rlim_t room : {rlim_t(0), rlim_t(1000), rlim_t(3000), rlim_t(9000), rlim_t(16000)}) {
            const auto writeAll = [&]() -> Status {
                auto writer = MaskWriter::create(folder.file(target), {}, MaskFormat::Packed);
                if (!writer)
                    return fail(writer.error());
                if (Status begun = (*writer)->beginTensor(tensor, promise); !begun)
                    return begun;
                for (std::int64_t row = 0; row < 256; row += 64)
                    if (Status written = (*writer)->writeRows(row, randomMask(64, 512, unsigned(row))); !written)
                        return written;
                if (Status finished = (*writer)->finishTensor(someFacts()); !finished)
                    return finished;
                return (*writer)->commit();
            };
            Status failed;
            {
                const SmallDisk disk(room);
                failed = writeAll();
            }
            EXPECT_THAT(errorOf(failed, ErrorKind::Io), HasSubstr("File too large")) << target << room;
            EXPECT_EQ(folder.fileCount(), 0U) << target << room;
        }
}

/// One tensor of masks, all 0: what compresses best.
Status writeEmptyMask(const std::string &target, MaskFormat format, std::int64_t side)
{
    TensorInfo tensor;
    tensor.path = "w";
    tensor.shape = {side, side};
    tensor.dtype = DType::F32;
    auto writer = MaskWriter::create(target, {}, format);
    if (!writer)
        return fail(writer.error());
    if (Status fits = (*writer)->requireRoom({&tensor, 1}); !fits)
        return fits;
    const MaskPromise atMost{{1, 2}, MaskPromise::Lines::RowsAndColumns, false};
    if (Status begun = (*writer)->beginTensor(tensor, atMost); !begun)
        return begun;
    if (Status written = (*writer)->writeRows(0, Mask(side, side)); !written)
        return written;
    if (Status finished = (*writer)->finishTensor(someFacts()); !finished)
        return finished;
    return (*writer)->commit();
}

/// Never more is asked for than is written, and what surely does not fit is told before the work.
TEST(MaskWriter, AsksForTheRoomThatItSurelyTakes)
{
    const TempFolder folder;
    constexpr std::int64_t side = 2048;
    const struct {
        const char *target;
        MaskFormat format;
        std::int64_t least;
        std::int64_t usual;
    } cases[] = {{"b.h5", MaskFormat::Bytes, side * side / 1032, side * side / 5},
                 {"p.h5", MaskFormat::Packed, side * side / 8 / 1032, side * side / 8},
                 {"b.safetensors", MaskFormat::Bytes, side * side, side * side},
                 {"p.safetensors", MaskFormat::Packed, side * side / 8, side * side / 8}};
    for (const auto &one : cases) {
        SCOPED_TRACE(one.target);
        {
            const SmallDisk disk{rlim_t(one.least - 1)};
            EXPECT_THAT(errorOf(writeEmptyMask(folder.file(one.target), one.format, side), ErrorKind::Io),
                        HasSubstr(std::string(one.target) + ": takes at least "));
            EXPECT_FALSE(std::filesystem::exists(folder.file(one.target)));
        }
        {
            TensorInfo tensor;
            tensor.path = "w";
            tensor.shape = {side, side};
            tensor.dtype = DType::F32;
            const SmallDisk disk{rlim_t(one.usual - 1)};
            const auto writer = MaskWriter::create(folder.file(one.target), {}, one.format);
            ASSERT_TRUE(writer);
            EXPECT_THAT((*writer)->roomWarning({&tensor, 1}, {8, 16}).value_or(""),
                        HasSubstr(std::string(one.target) + ": will probably take about "));
            const SmallDisk larger{rlim_t(one.usual)};
            EXPECT_FALSE((*writer)->roomWarning({&tensor, 1}, {8, 16}));
        }
        const Status written = writeEmptyMask(folder.file(one.target), one.format, side);
        ASSERT_TRUE(written) << written.error().line();
        EXPECT_GE(std::int64_t(std::filesystem::file_size(folder.file(one.target))), one.least);
    }
}

/// A model that is written again needs the room of the whole model, whatever of it is masked.
TEST(MaskWriter, ACopyOfTheModelAsksForItsRoom)
{
    const TempFolder folder;
    const std::string input = makeWeights(folder);
    auto source = openWeights(input);
    ASSERT_TRUE(source);
    const std::span<const TensorInfo> one = std::span((*source)->tensors()).first(1);
    std::int64_t data = 0; // what a converted copy holds at least
    for (const TensorInfo &tensor : (*source)->tensors())
        data += tensor.elements() * bytesOf(tensor.dtype);
    const std::pair<const char *, std::int64_t> targets[] = {{"a.h5", std::int64_t(std::filesystem::file_size(input))},
                                                             {"a.safetensors", data}};
    for (const auto &[target, bytes] : targets) {
        SCOPED_TRACE(target);
        const auto writer = MaskWriter::createApplied(folder.file(target), {source->get(), one});
        ASSERT_TRUE(writer) << writer.error().line();
        {
            const SmallDisk disk{rlim_t(bytes - 1)};
            EXPECT_THAT(errorOf((*writer)->requireRoom(one), ErrorKind::Io), HasSubstr(std::string(target) + ": "));
        }
        EXPECT_TRUE((*writer)->requireRoom(one));
    }
    EXPECT_EQ(folder.fileCount(), 1U);
}

/// The data of a safetensors file wait in a second one, which not every file system gives back piece by piece: the limit on
/// file sizes is about one of them.
TEST(MaskWriter, ALimitOfTheFilesOwnSizeIsEnough)
{
    const TempFolder folder;
    constexpr std::int64_t side = 512;
    std::thread([&] {
        ASSERT_TRUE(denySyscall(__NR_fallocate, EOPNOTSUPP));
        const SmallDisk disk{rlim_t(side * side + 4096)};
        const Status written = writeEmptyMask(folder.file("m.safetensors"), MaskFormat::Bytes, side);
        EXPECT_TRUE(written) << written.error().line();
    }).join();
    EXPECT_EQ(folder.fileCount(), 1U);
}

/// A disk that fills up in the middle, whatever was asked for before.
TEST(MaskWriter, AFullDiskIsNamedWithWhatIsFree)
{
    const TempFolder folder;
    std::thread([&] {
        ASSERT_TRUE(denySyscall(__NR_pwrite64, ENOSPC));
        EXPECT_THAT(errorOf(writeEmptyMask(folder.file("m.h5"), MaskFormat::Bytes, 64), ErrorKind::Io),
                    AllOf(HasSubstr("m.h5"), HasSubstr("No space left on device after"),
                          HasSubstr("free in " + folder.path().string())));
    }).join();
    std::thread([&] {
        ASSERT_TRUE(denySyscall(__NR_write, EDQUOT, 64 * 64)); // of so many bytes: sanitizers write, too
        EXPECT_THAT(errorOf(writeEmptyMask(folder.file("m.safetensors"), MaskFormat::Bytes, 64), ErrorKind::Io),
                    AllOf(HasSubstr("m.safetensors: w/mask: cannot be written: Disk quota exceeded after"),
                          HasSubstr("free some of your quota")));
    }).join();
    EXPECT_EQ(folder.fileCount(), 0U);
}

TEST(MaskFile, ReadsWhatOthersWrite)
{
    const TempFolder folder;
    const std::uint8_t bytes[] = {1, 0, 0, 1};
    {
        const Hdf5Builder file(folder.file("m.h5"));
        file.dataset("w/mask", H5T_STD_U8LE, {2, 2}, bytes);
        file.dataset("bytes", H5T_STD_U8LE, {2, 2}, bytes); // no mask: neither called one nor bool
        file.dataset("vector/mask", H5T_STD_U8LE, {4}, bytes);
        const hid_t boolean = H5Tenum_create(H5T_STD_I8LE);
        const std::int8_t values[] = {0, 1};
        H5Tenum_insert(boolean, "FALSE", &values[0]);
        H5Tenum_insert(boolean, "TRUE", &values[1]);
        file.dataset("kept", boolean, {2, 2}, bytes);
        H5Tclose(boolean);
    }
    auto file = MaskFile::open(folder.file("m.h5"));
    ASSERT_TRUE(file) << file.error().line();
    ASSERT_EQ((*file)->masks().size(), 2U);
    EXPECT_EQ((*file)->masks()[0].tensorPath, "kept");
    EXPECT_EQ((*file)->masks()[1].tensorPath, "w");
    EXPECT_FALSE((*file)->masks()[1].pattern);
    EXPECT_FALSE((*file)->masks()[1].method);
    for (const MaskEntry &entry : (*file)->masks()) {
        const auto mask = (*file)->read(entry);
        ASSERT_TRUE(mask);
        EXPECT_TRUE(mask->at(0, 0) && !mask->at(0, 1) && !mask->at(1, 0) && mask->at(1, 1));
    }
}

TEST(MaskFile, NamesWhatIsNoMask)
{
    const TempFolder folder;
    std::vector<std::uint8_t> bytes(20 * 30, 1);
    bytes[7 * 30 + 11] = 2;
    {
        const Hdf5Builder file(folder.file("m.h5"));
        file.dataset("w/mask", H5T_STD_U8LE, {20, 30}, bytes.data());
    }
    auto file = MaskFile::open(folder.file("m.h5"));
    ASSERT_TRUE(file);
    EXPECT_THAT(errorOf((*file)->read((*file)->masks()[0]), ErrorKind::Input),
                HasSubstr("m.h5: w/mask: holds 2 at (7, 11)"));
    EXPECT_THAT(errorOf((*file)->readRows((*file)->masks()[0], 5, 10), ErrorKind::Input), HasSubstr("holds 2 at (7, 11)"));

    const auto packed = [&](const char *facts, const char *data) {
        const std::string header = std::string(R"({"__metadata__":{"w/mask":")") + facts +
            R"("},"w/mask":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]}})";
        return MaskFile::open(folder.write("m.safetensors", safetensorsBytes(header, data)));
    };
    auto good = packed(R"({\"format\":\"packed\",\"shape\":[2,10]})", "\xff\xc0\x80\x40");
    ASSERT_TRUE(good) << good.error().line();
    const auto mask = (*good)->read((*good)->masks()[0]);
    ASSERT_TRUE(mask);
    EXPECT_EQ(mask->kept(), 12);
    EXPECT_TRUE(mask->at(0, 9) && mask->at(1, 0) && mask->at(1, 9) && !mask->at(1, 8));
    auto tail = packed(R"({\"format\":\"packed\",\"shape\":[2,10]})", "\xff\xc0\x80\x20");
    ASSERT_TRUE(tail);
    EXPECT_THAT(errorOf((*tail)->read((*tail)->masks()[0]), ErrorKind::Input), HasSubstr("behind the last column of row 1"));
    EXPECT_THAT(errorOf(packed(R"({\"format\":\"packed\",\"shape\":[2,17]})", "abcd"), ErrorKind::Input),
                HasSubstr("`shape`"));
    EXPECT_THAT(errorOf(packed(R"({\"format\":\"packed\"})", "abcd"), ErrorKind::Input), HasSubstr("`shape`"));
    EXPECT_THAT(errorOf(packed(R"({\"format\":\"packed\",\"shape\":[4611686018427387904,4611686018427387904]})", "abcd"),
                        ErrorKind::Input),
                HasSubstr("`shape`"));

    EXPECT_THAT(errorOf(MaskFile::open(makeWeights(folder)), ErrorKind::Input), HasSubstr("holds no masks"));
}

} // namespace
} // namespace nms::test
