// SPDX-License-Identifier: Apache-2.0
// HDF5 files as other programs leave them: never written, still open, newer than the library, of Keras and of MATLAB.
#include "core/io/hdf5/object_header.h"
#include "tests/unit/io_support.h"

#include <gmock/gmock.h>
#include <map>
#include <numeric>

namespace nms::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::map<std::string, std::string> skippedOf(const TensorSource &source)
{
    std::map<std::string, std::string> reasons;
    for (const SkippedEntry &entry : source.skipped())
        reasons[entry.path] = entry.reason;
    return reasons;
}

hid_t filled(hid_t creation, hid_t type, const void *value, H5D_fill_time_t time)
{
    EXPECT_GE(H5Pset_fill_value(creation, type, value), 0);
    EXPECT_GE(H5Pset_fill_time(creation, time), 0);
    return creation;
}

TEST(Hdf5Layouts, WhatWasNeverWrittenIsItsFillValue)
{
    const TempFolder folder;
    const float seven = 7;
    const double nine = 9;
    {
        const Hdf5Builder file(folder.file("w.h5"));
        const auto contiguous = [] {
            return H5Pcreate(H5P_DATASET_CREATE);
        };
        file.dataset("zero", H5T_IEEE_F32LE, {6, 4}, nullptr);
        file.dataset("seven", H5T_IEEE_F32LE, {6, 4}, nullptr,
                     filled(contiguous(), H5T_NATIVE_FLOAT, &seven, H5D_FILL_TIME_IFSET));
        file.dataset("seven-big-endian", H5T_IEEE_F64BE, {6, 4}, nullptr,
                     filled(contiguous(), H5T_NATIVE_FLOAT, &seven, H5D_FILL_TIME_IFSET));
        file.dataset("nine-of-chunks", H5T_IEEE_F64LE, {6, 4}, nullptr,
                     filled(chunked({4, 3}, true), H5T_NATIVE_DOUBLE, &nine, H5D_FILL_TIME_ALLOC));
        const hid_t szip = chunked({6, 4}, false);
        H5Pset_szip(szip, H5_SZIP_NN_OPTION_MASK, 8);
        file.dataset("seven-of-szip", H5T_IEEE_F32LE, {6, 4}, nullptr,
                     filled(szip, H5T_NATIVE_FLOAT, &seven, H5D_FILL_TIME_IFSET));
        // h5py gives zeros here: the library leaves alone the memory that it is to fill.
        file.dataset("zero-as-told", H5T_IEEE_F32LE, {6, 4}, nullptr,
                     filled(contiguous(), H5T_NATIVE_FLOAT, &seven, H5D_FILL_TIME_NEVER));
        file.dataset("none", H5T_IEEE_F32LE, {6, 4}, nullptr,
                     filled(contiguous(), H5T_NATIVE_FLOAT, nullptr, H5D_FILL_TIME_IFSET));
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source) << source.error().line();
    for (const TensorInfo &tensor : (*source)->tensors()) {
        if (tensor.path == "none") {
            EXPECT_THAT(tensor.unreadable, HasSubstr("never written"));
            continue;
        }
        EXPECT_EQ(tensor.unreadable, "") << tensor.path;
        EXPECT_THAT(tensor.note, HasSubstr("never written: all of it is its fill value"));
        const float expected = tensor.path.starts_with("seven") ? 7.0F : tensor.path.starts_with("nine") ? 9.0F : 0.0F;
        const Matrix<float> matrix = readAll(**source, tensor.path);
        for (std::int64_t i = 0; i < matrix.size(); ++i)
            ASSERT_EQ(matrix.data()[i], expected) << tensor.path;
    }
}

TEST(Hdf5Layouts, AFilterThatIsMissingIsNoMatterWhereNothingWasWritten)
{
    constexpr H5Z_filter_t number = 32767;
    const auto copy = [](unsigned, std::size_t, const unsigned *, std::size_t bytes, std::size_t *, void **) {
        return bytes;
    };
    const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, number, 1, 1, "copy", nullptr, nullptr, copy};
    const TempFolder folder;
    ASSERT_GE(H5Zregister(&filter), 0);
    {
        const Hdf5Builder file(folder.file("w.h5"));
        const hid_t creation = chunked({4, 8}, false);
        H5Pset_filter(creation, number, H5Z_FLAG_MANDATORY, 0, nullptr);
        file.dataset("w", H5T_IEEE_F32LE, {8, 8}, nullptr, creation);
    }
    H5Zunregister(number);
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source);
    EXPECT_EQ(readAll(**source, "w")(7, 7), 0.0F);
}

/// In the newest format, whose superblock (version 3) has the marks.
std::string newestFile(const TempFolder &folder)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    const hid_t file = H5Fcreate(folder.file("w.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
    const hsize_t shape[] = {6, 4};
    const hid_t space = H5Screate_simple(2, shape, nullptr), creation = chunked({4, 3}, true);
    const std::vector<float> values = gentleValues(6, 4);
    const hid_t w = H5Dcreate2(file, "w", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    EXPECT_GE(H5Dwrite(w, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    for (const hid_t id : {access, space, creation, w, file})
        H5Idec_ref(id);
    return readFile(folder.file("w.h5"));
}

TEST(Hdf5Layouts, AFileThatIsOpenForWritingIsNotDamaged)
{
    const TempFolder folder;
    std::string bytes = newestFile(folder);
    ASSERT_EQ(bytes[8], 3);
    for (const char mark : {1, 4, 5}) {
        bytes[11] = mark;
        const std::string line = errorOf(openWeights(folder.write("open.h5", bytes)), ErrorKind::Input);
        EXPECT_THAT(line,
                    AllOf(HasSubstr("open.h5: is marked as open for writing"), HasSubstr("close that program"),
                          HasSubstr("h5clear -s"), Not(HasSubstr("damaged")), Not(HasSubstr("get it again"))));
        EXPECT_EQ(line.find("SWMR") != std::string::npos, mark != 1);
    }
}

/// The mark as the library itself makes it.
TEST(Hdf5Layouts, AFileThatThisProcessWritesIsNamed)
{
    const TempFolder folder;
    newestFile(folder);
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    const hid_t file = H5Fopen(folder.file("w.h5").c_str(), H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE, access);
    ASSERT_GE(file, 0);
    EXPECT_THAT(errorOf(openWeights(folder.file("w.h5")), ErrorKind::Input), HasSubstr("open for writing (SWMR)"));
    H5Fclose(file);
    H5Pclose(access);
    EXPECT_TRUE(openWeights(folder.file("w.h5")));
}

TEST(Hdf5Layouts, ANewerSuperblockAndACutFileAreTold)
{
    const TempFolder folder;
    std::string bytes = newestFile(folder);
    EXPECT_THAT(errorOf(openWeights(folder.write("cut.h5", bytes.substr(0, bytes.size() - 9))), ErrorKind::Input),
                HasSubstr("is a truncated file: it says that it has " + std::to_string(bytes.size()) +
                          " bytes, and there are " + std::to_string(bytes.size() - 9)));
    bytes[8] = 9;
    EXPECT_THAT(errorOf(openWeights(folder.write("new.h5", bytes)), ErrorKind::Unsupported),
                AllOf(HasSubstr("superblock of version 9"), HasSubstr("newer HDF5"), Not(HasSubstr("get it again"))));
}

TEST(Hdf5Layouts, HeadersAreReadWithoutTheLibrary)
{
    for (const bool newest : {false, true})
        for (const hsize_t userBlock : {0, 512}) {
            const TempFolder folder;
            const hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE);
            if (newest)
                H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
            H5Pset_userblock(creation, userBlock);
            const hid_t id = H5Fcreate(folder.file("w.h5").c_str(), H5F_ACC_TRUNC, creation, access);
            const hsize_t shape[] = {6, 4, 5};
            const hid_t space = H5Screate_simple(3, shape, nullptr), chunks = chunked({2, 3, 5}, true);
            const hid_t w = H5Dcreate2(id, "w", H5T_IEEE_F32LE, space, H5P_DEFAULT, chunks, H5P_DEFAULT);
            for (int i = 0; i < 20; ++i) { // more than fits into the header's first block
                const std::string name = "an attribute with a long name, so that it takes room " + std::to_string(i);
                const hid_t one = H5Screate(H5S_SCALAR);
                H5Aclose(H5Acreate2(w, name.c_str(), H5T_STD_I64LE, one, H5P_DEFAULT, H5P_DEFAULT));
                H5Sclose(one);
            }
            H5O_info_t info = {};
            ASSERT_GE(H5Oget_info2(w, &info, H5O_INFO_BASIC), 0);
            for (const hid_t each : {access, creation, space, chunks, w, id})
                H5Idec_ref(each);

            const auto file = RegularFile::open(folder.file("w.h5"));
            const auto superblock = findHdf5Superblock(*file);
            ASSERT_TRUE(superblock && *superblock);
            EXPECT_EQ((*superblock)->offset, std::int64_t(userBlock));
            EXPECT_EQ((*superblock)->version, newest ? 3 : 0);
            EXPECT_EQ((*superblock)->end, std::uint64_t(file->size()));
            const auto messages = readObjectHeader(*file, **superblock, info.addr);
            ASSERT_TRUE(messages);
            std::map<unsigned, int> counts;
            for (const Hdf5Message &message : *messages) {
                ++counts[message.type];
                if (message.type == Hdf5Message::Dataspace) {
                    EXPECT_EQ(shapeOf(message, **superblock), (std::vector<std::int64_t>{6, 4, 5}));
                }
            }
            EXPECT_EQ(counts[Hdf5Message::Dataspace], 1);
            EXPECT_EQ(counts[Hdf5Message::Datatype], 1);
            EXPECT_EQ(counts[Hdf5Message::Layout], 1);
            if (!newest) { // there attributes in such number lie elsewhere
                EXPECT_GE(counts[Hdf5Message::Continuation], 1);
            }
            EXPECT_FALSE(newerThan(*messages, 1, 10));
            EXPECT_EQ(newerThan(*messages, 1, 8).value_or(""),
                      newest ? "has a data layout of version 4, which HDF5 reads from 1.10 on" : "");
            EXPECT_FALSE(readObjectHeader(*file, **superblock, info.addr + 1));
            EXPECT_FALSE(readObjectHeader(*file, **superblock, std::uint64_t(file->size())));
            EXPECT_FALSE(readObjectHeader(*file, **superblock, ~std::uint64_t(0)));
        }
}

TEST(Hdf5Layouts, KerasNamesItsLayers)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(4, 4);
    {
        const Hdf5Builder file(folder.file("model.weights.h5"));
        for (const char *path : {"layers/dense/vars/0", "layers/mha/query_dense/vars/0", "layers/plain/vars/0", "vars/0"})
            file.dataset(path, H5T_IEEE_F32LE, {4, 4}, values.data());
        file.group("layers/mha/vars");
        file.text("vars", "name", "functional");
        file.text("layers/dense/vars", "name", "head");
        file.text("layers/mha/vars", "name", "attention");
        file.text("layers/mha/query_dense/vars", "name", "query");
        file.text("layers/plain/vars", "name", "a\nbreak");
        file.text("/", "keras_version", "3.15.1");
        file.text("/", "backend", "jax");
    }
    auto source = openWeights(folder.file("model.weights.h5"));
    ASSERT_TRUE(source) << source.error().line();
    std::map<std::string, std::string> layers;
    for (const TensorInfo &tensor : (*source)->tensors())
        layers[tensor.path] = tensor.layer;
    EXPECT_EQ(layers,
              (std::map<std::string, std::string>{{"layers/dense/vars/0", "head"},
                                                  {"layers/mha/query_dense/vars/0", "attention/query"},
                                                  {"layers/plain/vars/0", ""},
                                                  {"vars/0", ""}}));
    EXPECT_EQ((*source)->metadata().at("keras_version"), "3.15.1");
    EXPECT_EQ((*source)->metadata().at("backend"), "jax");
}

TEST(Hdf5Layouts, TwoOpaqueBytesAreBf16WhereNothingSaysOtherwise)
{
    const TempFolder folder;
    const std::vector<std::uint16_t> one(16, 0x3f80);
    {
        const Hdf5Builder file(folder.file("w.h5"));
        const std::pair<const char *, const char *> tags[] = {
            {"ml_dtypes", nullptr},   {"v2", "|V2"},       {"bfloat16", "bfloat16"}, {"numpy", "NUMPY:<V2"},
            {"time", "NUMPY:<M8[D]"}, {"told", "anything"}}; // as h5py and others
        for (const auto &[path, tag] : tags) {
            const hid_t type = H5Tcreate(H5T_OPAQUE, 2);
            if (tag)
                H5Tset_tag(type, tag);
            file.dataset(path, type, {4, 4}, one.data());
            H5Tclose(type);
        }
        file.text("told", "dtype", "bfloat16");
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source);
    for (const char *path : {"ml_dtypes", "v2", "numpy", "bfloat16", "told"}) {
        EXPECT_EQ(findTensor(**source, path)->dtype, DType::BF16) << path;
        EXPECT_EQ(readAll(**source, path)(3, 3), 1.0F);
    }
    EXPECT_THAT(findTensor(**source, "ml_dtypes")->note, HasSubstr("taken as bf16"));
    EXPECT_EQ(findTensor(**source, "bfloat16")->note, "");
    EXPECT_EQ(findTensor(**source, "time")->dtype, DType::Other);
    EXPECT_THAT(findTensor(**source, "time")->unreadable,
                AllOf(HasSubstr("opaque tagged NUMPY:<M8[D]"), HasSubstr("dtype = \"bfloat16\"")));
}

TEST(Hdf5Layouts, WhatIsNoArrayOfNumbersIsListedWithTheReason)
{
    const TempFolder folder;
    {
        const Hdf5Builder file(folder.file("w.h5"));
        const hid_t compound = H5Tcreate(H5T_COMPOUND, 8), complex = H5Tcreate(H5T_COMPOUND, 8);
        H5Tinsert(compound, "a", 0, H5T_IEEE_F32LE);
        H5Tinsert(complex, "r", 0, H5T_IEEE_F32LE);
        H5Tinsert(complex, "i", 4, H5T_IEEE_F32LE);
        const hid_t numbers = H5Tvlen_create(H5T_IEEE_F32LE), colours = H5Tenum_create(H5T_STD_I16LE);
        const std::int16_t red = 1;
        H5Tenum_insert(colours, "red", &red);
        const std::pair<const char *, hid_t> all[] = {{"object", H5T_STD_REF_OBJ}, {"region", H5T_STD_REF_DSETREG},
                                                      {"compound", compound},      {"complex", complex},
                                                      {"vlen", numbers},           {"enum", colours}};
        for (const auto &[path, type] : all)
            file.dataset(path, type, {3}, nullptr);
        H5Tcommit2(file.file(), "type", compound, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        for (const hid_t type : {compound, complex, numbers, colours})
            H5Tclose(type);
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source);
    const std::map<std::string, std::string> expected = {
        {"object", "reference to an object"}, {"region", "reference to a region"}, {"compound", "8-byte compound"},
        {"complex", "8-byte complex"},        {"vlen", "variable length"},         {"enum", "2-byte enum"}};
    EXPECT_EQ((*source)->tensors().size(), expected.size());
    for (const auto &[path, reason] : expected)
        EXPECT_THAT(findTensor(**source, path)->unreadable, HasSubstr(reason));
    EXPECT_THAT(skippedOf(**source).at("type"), HasSubstr("holds no data"));
}

TEST(Hdf5Layouts, MatlabsNumbersAreReadAndTheRestIsNamed)
{
    const TempFolder folder;
    std::vector<double> values(12);
    std::iota(values.begin(), values.end(), 0.0);
    const std::uint16_t text[] = {'h', 'i'};
    const std::uint64_t sizes[] = {0, 3};
    {
        const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
        H5Pset_userblock(creation, 512);
        H5Fclose(H5Fcreate(folder.file("w.mat").c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT));
        H5Pclose(creation);
        const Hdf5Builder file(folder.file("w.mat"), H5F_ACC_RDWR);
        const auto add = [&](const std::string &path, const char *matlabClass, hid_t type, const std::vector<hsize_t> &shape,
                             const void *elements) {
            file.dataset(path, type, shape, elements);
            file.text(path, "MATLAB_class", matlabClass);
        };
        add("net/W", "double", H5T_IEEE_F64LE, {3, 4}, values.data());
        add("name", "char", H5T_STD_U16LE, {2, 1}, text);
        add("parts", "cell", H5T_STD_REF_OBJ, {1, 1}, nullptr);
        add("none", "double", H5T_STD_U64LE, {2}, sizes);
        file.number("none", "MATLAB_empty", 1);
        file.dataset("sparse/data", H5T_IEEE_F64LE, {3}, values.data());
        file.number("sparse", "MATLAB_sparse", 10);
    }
    std::string bytes = readFile(folder.file("w.mat"));
    bytes.replace(0, 19, "MATLAB 7.3 MAT-file");
    auto source = openWeights(folder.write("w.mat", bytes));
    ASSERT_TRUE(source) << source.error().line();
    const TensorInfo w = *findTensor(**source, "net/W");
    EXPECT_EQ(w.shape, (std::vector<std::int64_t>{3, 4}));
    EXPECT_THAT(w.note, HasSubstr("MATLAB's 4×3"));
    EXPECT_EQ(readAll(**source, "net/W")(2, 3), 11.0F);
    EXPECT_THAT(findTensor(**source, "name")->unreadable, HasSubstr("text of MATLAB"));
    EXPECT_THAT(findTensor(**source, "parts")->unreadable, HasSubstr("MATLAB array of class cell"));
    EXPECT_THAT(findTensor(**source, "none")->unreadable, HasSubstr("empty MATLAB array"));
    EXPECT_THAT(skippedOf(**source).at("sparse"), HasSubstr("sparse MATLAB matrix"));
    EXPECT_EQ(findTensor(**source, "sparse/data")->unreadable, "");
}

} // namespace
} // namespace nms::test
