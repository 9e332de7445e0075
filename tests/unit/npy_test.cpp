// SPDX-License-Identifier: Apache-2.0
#include "tests/support/numpy_files.h"
#include "tests/unit/io_support.h"

#include <cstring>
#include <gmock/gmock.h>

namespace nms::test {
namespace {

using testing::HasSubstr;

const std::string data = std::string(NMS_SOURCE_DIR) + "/tests/unit/data/numpy/";

/// Raw rows, all of them.
template <class T> std::vector<T> rawOf(TensorSource &source, const TensorInfo &tensor)
{
    std::vector<T> values(std::size_t(tensor.elements()));
    const Status read = source.readRawRows(tensor, 0, tensor.rawRows(), std::as_writable_bytes(std::span(values)));
    EXPECT_TRUE(read) << read.error().line();
    return values;
}

/// i − 7.5 for each element, as tests/unit/data/numpy/make.py wrote it.
template <class T> std::vector<T> fixtureValues(std::size_t count)
{
    std::vector<T> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = T(double(i) - 7.5);
    return values;
}

std::string floats(std::size_t count)
{
    const std::vector<float> values = fixtureValues<float>(count);
    return {reinterpret_cast<const char *>(values.data()), count * sizeof(float)};
}

TEST(Npy, EveryVersionAndByteOrder)
{
    for (const char *name : {"version-1", "version-2", "version-3", "big-endian"}) {
        SCOPED_TRACE(name);
        auto source = openWeights(data + name + ".npy");
        ASSERT_TRUE(source) << source.error().line();
        EXPECT_EQ((*source)->format(), "npy");
        ASSERT_EQ((*source)->tensors().size(), 1U);
        const TensorInfo &tensor = (*source)->tensors()[0];
        EXPECT_EQ(tensor.path, name);
        EXPECT_EQ(tensor.dtype, DType::F32);
        EXPECT_EQ(tensor.shape, (std::vector<std::int64_t>{4, 6}));
        EXPECT_EQ(rawOf<float>(**source, tensor), fixtureValues<float>(24));
        EXPECT_TRUE((*source)->skipped().empty());
        EXPECT_EQ(tensor.note, "");
    }
}

TEST(Npy, FortranOrderIsTransposedWhenRead)
{
    auto matrix = openWeights(data + "fortran.npy");
    ASSERT_TRUE(matrix);
    EXPECT_THAT((*matrix)->tensors()[0].layout, HasSubstr("Fortran"));
    const Matrix<float> all = readAll(**matrix, "fortran");
    const std::vector<float> expected = fixtureValues<float>(35);
    ASSERT_EQ(all.size(), 35);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), all.data()));
    Matrix<float> middle(2, 7);
    ASSERT_TRUE((*matrix)->readRows((*matrix)->tensors()[0], 2, middle.span()));
    EXPECT_TRUE(std::equal(expected.begin() + 14, expected.begin() + 28, middle.data()));

    auto cube = openWeights(data + "fortran-3d.npy");
    ASSERT_TRUE(cube);
    EXPECT_EQ(rawOf<double>(**cube, (*cube)->tensors()[0]), fixtureValues<double>(60));
}

/// The first, the last and a middle row of an array that no block holds as a whole.
void expectRowsOfFortranOrder(std::int64_t rows, std::int64_t cols)
{
    const TempFolder folder;
    std::string columns(std::size_t(rows * cols) * sizeof(double), '\0');
    for (std::int64_t i = 0; i < rows * cols; ++i) {
        const std::int64_t row = i % rows, col = i / rows;
        const auto value = double(row * cols + col);
        std::memcpy(columns.data() + std::size_t(i) * sizeof value, &value, sizeof value);
    }
    const std::string shape = "(" + std::to_string(rows) + ", " + std::to_string(cols) + ")";
    auto source = openWeights(
        folder.write("w.npy", npyBytes("{'descr': '<f8', 'fortran_order': True, 'shape': " + shape + ", }\n", columns)));
    ASSERT_TRUE(source) << source.error().line();
    std::vector<double> row(static_cast<std::size_t>(cols));
    for (const std::int64_t which : {std::int64_t(0), rows - 1, rows / 2}) {
        ASSERT_TRUE((*source)->readRawRows((*source)->tensors()[0], which, 1, std::as_writable_bytes(std::span(row))));
        std::int64_t wrong = 0;
        for (std::int64_t col = 0; col < cols; ++col)
            wrong += row[std::size_t(col)] != double(which * cols + col);
        EXPECT_EQ(wrong, 0) << which;
    }
}

TEST(Npy, FortranOrderBeyondOneBlock)
{
    expectRowsOfFortranOrder(3, 4'200'000); // a block of 64 MiB holds one row; the gaps are read with it
    expectRowsOfFortranOrder(3000, 5000); // 1677 rows; the first of them leave gaps too wide for that
}

TEST(Npy, OpaquePairsOfBytesAreReadAsBf16AndSaySo)
{
    auto source = openWeights(data + "bfloat16.npy");
    ASSERT_TRUE(source);
    const TensorInfo &tensor = (*source)->tensors()[0];
    EXPECT_EQ(tensor.dtype, DType::BF16);
    EXPECT_THAT(tensor.note, HasSubstr("(<V2), which are read as bf16"));
    const std::vector<float> expected = fixtureValues<float>(24);
    const Matrix<float> matrix = readAll(**source, "bfloat16");
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), matrix.data()));
}

TEST(Npy, HeadersAsOtherProgramsWriteThem)
{
    const TempFolder folder;
    for (const char *dict : {"{'descr':'<f4','fortran_order':False,'shape':(2,3)}",
                             "{\"shape\": (2, 3,), \"fortran_order\": False, \"descr\": \"<f4\"}   \n",
                             " { 'fortran_order' : False , 'descr' : '=f4' , 'shape' : ( 2L , 3L ) , } ",
                             "{'descr': 'f4', 'fortran_order': False, 'shape': (2, 3), }\n",
                             "{'descr': '|f4', 'fortran_order': False, 'shape': (2, 3)}\n"}) {
        auto source = openWeights(folder.write("w.npy", npyBytes(dict, floats(6))));
        ASSERT_TRUE(source) << dict << source.error().line();
        EXPECT_EQ(rawOf<float>(**source, (*source)->tensors()[0]), fixtureValues<float>(6)) << dict;
    }
}

TEST(Npy, FewDimensionsAndNone)
{
    const TempFolder folder;
    const auto shapeOf = [&](const std::string &shape, std::size_t elements, bool fortran = false) {
        auto source = openWeights(
            folder.write("w.npy",
                         npyBytes("{'descr': '<f4', 'fortran_order': " + std::string(fortran ? "True" : "False") +
                                      ", 'shape': " + shape + "}",
                                  floats(elements))));
        EXPECT_TRUE(source) << source.error().line();
        const TensorInfo tensor = (*source)->tensors()[0];
        EXPECT_EQ(rawOf<float>(**source, tensor), fixtureValues<float>(elements));
        return tensor.shape;
    };
    using Shape = std::vector<std::int64_t>;
    EXPECT_EQ(shapeOf("()", 1), Shape());
    EXPECT_EQ(shapeOf("(5,)", 5), Shape{5});
    EXPECT_EQ(shapeOf("(5,)", 5, true), Shape{5});
    EXPECT_EQ(shapeOf("(0, 3)", 0), (Shape{0, 3}));
    EXPECT_EQ(shapeOf("(0, 3)", 0, true), (Shape{0, 3}));
    EXPECT_EQ(shapeOf("(2, 1, 3, 1)", 6), (Shape{2, 1, 3, 1}));
}

TEST(Npy, WhatIsNoWeightIsListedWithTheReason)
{
    const TempFolder folder;
    const auto reason = [&](const std::string &descr, std::size_t bytes) {
        auto source = openWeights(folder.write(
            "w.npy",
            npyBytes("{'descr': " + descr + ", 'fortran_order': False, 'shape': (2, 2)}", std::string(bytes, 'x'))));
        EXPECT_TRUE(source) << descr << source.error().line();
        const TensorInfo &tensor = (*source)->tensors()[0];
        EXPECT_EQ(tensor.dtype, DType::Other);
        EXPECT_EQ(tensor.shape, (std::vector<std::int64_t>{2, 2}));
        Matrix<float> out(2, 2);
        EXPECT_FALSE((*source)->readRows(tensor, 0, out.span()));
        return tensor.unreadable;
    };
    EXPECT_THAT(reason("'|O'", 100), HasSubstr("pickle"));
    EXPECT_THAT(reason("[('a', '<f4'), ('b\\']', '<i4', (2,))]", 48), HasSubstr("structures"));
    EXPECT_THAT(reason("[(('title', 'a'), '<f4'), ('b', [('c', '<i4')])]", 32), HasSubstr("structures"));
    EXPECT_THAT(reason("'<c8'", 32), HasSubstr("complex"));
    EXPECT_THAT(reason("'<U3'", 48), HasSubstr("texts"));
    EXPECT_THAT(reason("'|S3'", 12), HasSubstr("texts"));
    EXPECT_THAT(reason("'<M8[ns]'", 32), HasSubstr("dates"));
    EXPECT_THAT(reason("'<f16'", 64), HasSubstr("long double"));
    EXPECT_THAT(reason("'|V1'", 4), HasSubstr("8-bit floats"));
    EXPECT_THAT(reason("'|V6'", 24), HasSubstr("opaque elements of 6 bytes"));
    EXPECT_THAT(reason("'<q\\x1b'", 24), HasSubstr("not known"));
    EXPECT_THAT(reason("'<f3'", 24), HasSubstr("not known"));
    EXPECT_THAT(reason("'<f99999999999999999999'", 24), HasSubstr("not known"));
}

TEST(Npy, MoreBehindTheArrayIsToldOf)
{
    const TempFolder folder;
    const std::string one = npyBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}", floats(6));
    auto source = openWeights(folder.write("w.npy", one + one));
    ASSERT_TRUE(source);
    ASSERT_EQ((*source)->skipped().size(), 1U);
    EXPECT_THAT((*source)->skipped()[0].reason, HasSubstr("not read"));
    EXPECT_EQ(rawOf<float>(**source, (*source)->tensors()[0]), fixtureValues<float>(6));
}

struct Bad {
    const char *dict;
    std::size_t dataBytes;
    const char *message;
};

class BadNpy : public testing::TestWithParam<Bad>
{ };

TEST_P(BadNpy, IsRefusedInOneLine)
{
    const TempFolder folder;
    for (const int version : {1, 2, 3}) {
        const std::string file =
            folder.write("bad.npy", npyBytes(GetParam().dict, std::string(GetParam().dataBytes, 'x'), version));
        const std::string line = errorOf(openWeights(file), ErrorKind::Input);
        EXPECT_THAT(line, HasSubstr("bad.npy: is no valid NumPy array"));
        EXPECT_THAT(line, HasSubstr(GetParam().message));
        EXPECT_EQ(line.find('\n'), std::string::npos);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Npy, BadNpy,
    testing::Values(Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}", 15, "cut off"},
                    Bad{"{'descr': '<U4', 'fortran_order': False, 'shape': (2, 2)}", 63, "cut off"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 8, "can be counted"},
                    Bad{"{'descr': '<f4', 'fortran_order': True, 'shape': (0, 4294967296, 4294967296)}", 8,
                        "can be counted"},
                    Bad{"{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846977,)}", 8, "cut off"},
                    Bad{"{'descr': '|O', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 8, "can be counted"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,)}", 8, "beyond 2^63"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2)}", 8, "not a whole number from 0 on"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (2.0, 2)}", 8, "no comma between two sizes"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (02, 2)}", 8, "begins with 0"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", 8, "not a tuple"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': [2, 2]}", 8, "no tuple"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (2,,2)}", 8, "not a whole number from 0 on"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2}", 8, "no comma between two sizes"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2", 8, "no comma between two sizes"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)", 8, "no comma between two keys"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)} x", 8, "goes on"},
                    Bad{"{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 2)}", 8, "neither True nor False"},
                    Bad{"{'descr': '<f4', 'fortran_order': Falsehood, 'shape': (2, 2)}", 8, "no comma between two keys"},
                    Bad{"{'descr': <f4, 'fortran_order': False, 'shape': (2, 2)}", 8, "neither a text nor a list"},
                    Bad{"{'descr': '', 'fortran_order': False, 'shape': (2, 2)}", 8, "empty descr"},
                    Bad{"{'descr': [('a', '<f4'], 'fortran_order': False, 'shape': (2, 2)}", 8, "brackets"},
                    Bad{"{'descr': [('a, '<f4')", 8, "a text without end"}, Bad{"{'descr': [('a', '<f4')", 8, "without end"},
                    Bad{"{'descr': [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 8, "more than 32 deep"},
                    Bad{"{'descr': '<f4', 'shape': (2, 2)}", 16, "not all of"}, Bad{"{}", 16, "not all of"},
                    Bad{"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}", 16, "has descr twice"},
                    Bad{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), 'more': 1}", 16, "unknown key \"more\""},
                    Bad{"{descr: '<f4'}", 16, "no key in quotes"}, Bad{"{'descr' '<f4'}", 16, "no colon"},
                    Bad{"{, 'descr': '<f4'}", 16, "no key in quotes"}, Bad{"('descr',)", 16, "does not begin with {"},
                    Bad{"__import__('os').system('true')", 16, "does not begin with {"},
                    Bad{"", 16, "does not begin with {"}));

TEST(Npy, AHeaderLengthIsNotBelieved)
{
    const TempFolder folder;
    const std::string magic = "\x93NUMPY";
    const auto refused = [&](const std::string &bytes, ErrorKind kind = ErrorKind::Input) {
        return errorOf(openWeights(folder.write("w.npy", bytes)), kind);
    };
    EXPECT_THAT(refused(magic), HasSubstr("signature"));
    EXPECT_THAT(refused(magic + std::string("\1\0", 2)), HasSubstr("signature"));
    EXPECT_THAT(refused(magic + std::string("\2\0\0\0", 4)), HasSubstr("first 12 bytes"));
    EXPECT_THAT(refused(magic + std::string("\1\0\xff\xff{}", 6)), HasSubstr("claims 65535 bytes"));
    EXPECT_THAT(refused(magic + std::string("\2\0\xff\xff\xff\xff{}", 8)), HasSubstr("claims 4294967295 bytes"));
    EXPECT_THAT(refused(magic + std::string("\3\0\0\0\x20\0", 6) + std::string(3 << 20, ' ')),
                HasSubstr("1048576 are not read"));
    EXPECT_THAT(refused(magic + std::string("\4\0\2\0{}", 6), ErrorKind::Unsupported), HasSubstr("version 4.0"));
    EXPECT_THAT(refused(magic + std::string("\1\1\2\0{}", 6), ErrorKind::Unsupported), HasSubstr("version 1.1"));
    EXPECT_THAT(refused(npyBytes("{'descr': '\xff'}", "", 3)), HasSubstr("no UTF-8"));
}

} // namespace
} // namespace nms::test
