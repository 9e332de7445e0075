// SPDX-License-Identifier: Apache-2.0
#include "core/simd/half.h"
#include "tests/unit/io_support.h"

#include <cmath>
#include <gmock/gmock.h>

namespace nms::test {
namespace {

using testing::HasSubstr;

template <class T> std::string bytesOfAll(const std::vector<T> &values)
{
    return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)};
}

TEST(Safetensors, EveryFloatType)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(6, 5);
    std::vector<std::uint16_t> halves(30);
    std::vector<std::uint16_t> bfloats(30);
    floatToHalf(values, halves);
    floatToBfloat16(values, bfloats);
    const std::vector<double> doubles(values.begin(), values.end());
    const std::string header = R"({"__metadata__":{"format":"pt"},
        "b.f16":{"dtype":"F16","shape":[6,5],"data_offsets":[360,420]},
        "a/f32":{"dtype":"F32","shape":[2,3,5],"data_offsets":[240,360]},
        "f64":{"shape":[6,5],"data_offsets":[0,240],"dtype":"F64"},
        "bf16":{"dtype":"BF16","shape":[6,5],"data_offsets":[420,480]},
        "none":{"dtype":"I64","shape":[0,7],"data_offsets":[480,480]},
        "scalar":{"dtype":"BOOL","shape":[],"data_offsets":[480,481]},
        "f8":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[481,483]}}   )";
    const std::string data =
        bytesOfAll(doubles) + bytesOfAll(values) + bytesOfAll(halves) + bytesOfAll(bfloats) + "\x01" + "ab";
    auto source = openWeights(folder.write("w.anything", safetensorsBytes(header, data)));
    ASSERT_TRUE(source) << source.error().line();
    EXPECT_EQ((*source)->format(), "safetensors");
    EXPECT_THAT((*source)->metadata(), testing::ElementsAre(testing::Pair("format", "pt")));
    std::vector<std::string> order;
    for (const TensorInfo &tensor : (*source)->tensors())
        order.push_back(tensor.path);
    EXPECT_THAT(order, testing::ElementsAre("f64", "a/f32", "b.f16", "bf16", "none", "scalar", "f8"));
    for (const char *path : {"f64", "b.f16", "bf16"}) {
        const Matrix<float> matrix = readAll(**source, path);
        ASSERT_EQ(matrix.size(), 30) << path;
        EXPECT_TRUE(std::equal(values.begin(), values.end(), matrix.data())) << path;
    }
    const Matrix<float> folded = readAll(**source, "a/f32");
    EXPECT_EQ(folded.rows(), 6); // two matrices of three rows
    EXPECT_EQ(folded.cols(), 5);
    EXPECT_TRUE(std::equal(values.begin(), values.end(), folded.data()));
    Matrix<float> middle(2, 5);
    ASSERT_TRUE((*source)->readRows(*findTensor(**source, "b.f16"), 3, middle.span()));
    EXPECT_EQ(middle(1, 4), values[24]);
    EXPECT_EQ(findTensor(**source, "f8")->dtype, DType::F8E4M3);
}

struct Bad {
    const char *header;
    std::size_t dataBytes;
    const char *message;
};

class BadHeader : public testing::TestWithParam<Bad>
{ };

TEST_P(BadHeader, IsRefusedInOneLine)
{
    const TempFolder folder;
    const std::string file =
        folder.write("bad.safetensors", safetensorsBytes(GetParam().header, std::string(GetParam().dataBytes, 'x')));
    const std::string line = errorOf(openWeights(file), ErrorKind::Input);
    EXPECT_THAT(line, HasSubstr("bad.safetensors: "));
    EXPECT_THAT(line, HasSubstr(GetParam().message));
    EXPECT_EQ(line.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Safetensors, BadHeader,
    testing::Values(
        Bad{R"({"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})", 15, "cut off"},
        Bad{R"({"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})", 17,
            "but the file holds 17: those behind a belong to no tensor; it was written wrong"},
        Bad{"{}", 3, "those behind the header belong to no tensor"},
        Bad{R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,16]}})", 16, "claims 2×3 F32"},
        Bad{R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]}})", 0,
            "more than can be counted"},
        Bad{R"({"a":{"dtype":"F64","shape":[1152921504606846977],"data_offsets":[0,8]}})", 8,
            "claims 1152921504606846977 F64"},
        Bad{R"({"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}})", 0,
            "more than can be counted"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "end before they begin"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", 4, "negative"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[18446744073709551612,18446744073709551616]}})", 4, "2^63"},
        Bad{R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "negative"},
        Bad{R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4, "no integer"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
            6, "lets tensors overlap: a ends at byte 4 of the data, b begins at byte 2"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
            4, "lets tensors overlap: a ends at byte 4 of the data, b begins at byte 0"},
        Bad{R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
            16, "leaves a hole: bytes 4 to 11 of the data, between a and b, belong to no tensor; it was written wrong"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8,
            "leaves a hole: bytes 0 to 3 of the data, in front of a, belong to no tensor"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
            8, "has the tensor a twice"},
        Bad{R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4, "has dtype twice"},
        Bad{R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4, "not all of"},
        Bad{R"({"a":{"dtype":"F32","shape":[1]}})", 0, "not all of"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "not all of"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4, "more than two"},
        Bad{R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})", 2,
            "claims 3 F4, which does not end at a whole byte"},
        Bad{R"({"a":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,4]}})", 4,
            "claims 4 F6_E2M3, but data_offsets that hold 4"},
        Bad{R"({"a":{"dtype":"C64","shape":[2],"data_offsets":[0,8]}})", 8, "claims 2 C64, but"},
        Bad{R"({"a":{"dtype":"F8_E8M0","shape":[2],"data_offsets":[0,8]}})", 8, "claims 2 F8_E8M0, but"},
        Bad{R"({"a":{"dtype":{"x":1},"shape":[1],"data_offsets":[0,4]}})", 4, "has an object"},
        Bad{R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", 4, "has a list"},
        Bad{R"({"a":[1]})", 0, "has a list"}, Bad{R"({"a":null})", 0, "has a null"}, Bad{R"({"a":"x"})", 0, "has a text"},
        Bad{R"({"__metadata__":"x"})", 0, "has a text"}, Bad{R"({"__metadata__":{"a":{"b":"c"}}})", 0, "has an object"},
        Bad{R"({"__metadata__":{"a":1}})", 0, "has a number"},
        Bad{R"({"__metadata__":{},"__metadata__":{}})", 0, "__metadata__ twice"},
        Bad{R"({"__metadata__":null,"__metadata__":{}})", 0, "__metadata__ twice"},
        Bad{R"({"__metadata__":{"a":null}})", 0, "has a null"}, Bad{R"({"":{}})", 0, "tensor \"\" has not all of"},
        Bad{"{\"a\\u0007\":{}}", 0, "tensor \"a\\x07\" has not all of"}, Bad{"{\"\xff\":{}}", 0, "no valid JSON"},
        Bad{"{\"a\":{", 0, "no valid JSON"}, Bad{"{} x", 0, "no valid JSON"}, Bad{"{", 0, "no valid JSON"}));

/// One tensor of each type that the format defines, of 24 elements.
TEST(Safetensors, EveryTypeOfTheFormatIsListed)
{
    struct Type {
        const char *name;
        int bits;
        DType dtype;
    };
    constexpr DType other = DType::Other;
    const Type types[] = {{"BOOL", 8, DType::Bool},
                          {"F4", 4, other},
                          {"F6_E2M3", 6, other},
                          {"F6_E3M2", 6, other},
                          {"U8", 8, DType::U8},
                          {"I8", 8, DType::I8},
                          {"F8_E5M2", 8, DType::F8E5M2},
                          {"F8_E4M3", 8, DType::F8E4M3},
                          {"F8_E8M0", 8, other},
                          {"F8_E4M3FNUZ", 8, other},
                          {"F8_E5M2FNUZ", 8, other},
                          {"I16", 16, DType::I16},
                          {"U16", 16, DType::U16},
                          {"F16", 16, DType::F16},
                          {"BF16", 16, DType::BF16},
                          {"I32", 32, DType::I32},
                          {"U32", 32, DType::U32},
                          {"F32", 32, DType::F32},
                          {"C64", 64, other},
                          {"F64", 64, DType::F64},
                          {"I64", 64, DType::I64},
                          {"U64", 64, DType::U64},
                          {"F128_OF_TOMORROW", 8, other}};
    std::string header;
    int end = 0;
    for (const Type &type : types) {
        header += std::string(header.empty() ? "{" : ",") + "\"t." + type.name + R"(":{"dtype":")" + type.name +
            R"(","shape":[4,6],"data_offsets":[)" + std::to_string(end) + "," + std::to_string(end + 3 * type.bits) + "]}";
        end += 3 * type.bits;
    }
    const TempFolder folder;
    const auto source =
        openWeights(folder.write("all.safetensors", safetensorsBytes(header + "}", std::string(std::size_t(end), '\x01'))));
    ASSERT_TRUE(source) << source.error().line();
    ASSERT_EQ((*source)->tensors().size(), std::size(types));
    for (std::size_t i = 0; i < std::size(types); ++i) {
        const TensorInfo &tensor = (*source)->tensors()[i];
        EXPECT_EQ(tensor.storedType, types[i].name);
        EXPECT_EQ(tensor.dtype, types[i].dtype) << types[i].name;
        EXPECT_EQ(8 * bytesOf(tensor.dtype), types[i].dtype == other ? 0 : types[i].bits) << types[i].name;
        EXPECT_EQ(tensor.unreadable.find(std::string("has elements of type ") + types[i].name) == 0, types[i].dtype == other)
            << tensor.unreadable;
    }
}

TEST(Safetensors, EightBitFloatsAreDecodedExactly)
{
    // By the definition alone: sign, exponent, mantissa; no table and no code of the program's.
    const auto valueOf = [](unsigned bits, int exponentBits, int mantissaBits, int bias) {
        const unsigned mantissa = bits & ((1U << mantissaBits) - 1);
        const int exponent = int(bits >> mantissaBits & ((1U << exponentBits) - 1));
        const double size = exponent == 0 ? std::ldexp(mantissa, 1 - bias - mantissaBits)
                                          : std::ldexp(mantissa + (1U << mantissaBits), exponent - bias - mantissaBits);
        return bits & 0x80 ? -size : size;
    };
    std::string all;
    for (int i = 0; i < 256; ++i)
        all += char(i);
    const TempFolder folder;
    auto source = openWeights(folder.write("f8.safetensors",
                                           safetensorsBytes(R"({
        "e4m3":{"dtype":"F8_E4M3","shape":[16,16],"data_offsets":[0,256]},
        "e5m2":{"dtype":"F8_E5M2","shape":[16,16],"data_offsets":[256,512]}})",
                                                            all + all)));
    ASSERT_TRUE(source) << source.error().line();
    const Matrix<float> e4m3 = readAll(**source, "e4m3");
    const Matrix<float> e5m2 = readAll(**source, "e5m2");
    ASSERT_EQ(e4m3.size(), 256);
    ASSERT_EQ(e5m2.size(), 256);
    for (unsigned bits = 0; bits < 256; ++bits) {
        const float four = e4m3.data()[bits], five = e5m2.data()[bits];
        if ((bits & 0x7f) == 0x7f)
            EXPECT_TRUE(std::isnan(four)) << bits;
        else
            EXPECT_EQ(double(four), valueOf(bits, 4, 3, 7)) << bits;
        EXPECT_EQ(std::signbit(four), bits >= 0x80) << bits;
        if ((bits & 0x7f) > 0x7c)
            EXPECT_TRUE(std::isnan(five)) << bits;
        else if ((bits & 0x7f) == 0x7c)
            EXPECT_TRUE(std::isinf(five)) << bits;
        else
            EXPECT_EQ(double(five), valueOf(bits, 5, 2, 15)) << bits;
        EXPECT_EQ(std::signbit(five), bits >= 0x80) << bits;
    }
    EXPECT_EQ(e4m3.data()[0x7e], 448);
    EXPECT_EQ(e5m2.data()[0x7b], 57344);
    std::string raw(256, '\0');
    ASSERT_TRUE((*source)->readRawRows(*findTensor(**source, "e4m3"), 0, 16, std::as_writable_bytes(std::span(raw))));
    EXPECT_EQ(raw, all);
}

TEST(Safetensors, TakesWhatTheReferenceImplementationTakes)
{
    const TempFolder folder;
    const auto open = [&](const std::string &header, std::size_t bytes) {
        return openWeights(folder.write("w.safetensors", safetensorsBytes(header, std::string(bytes, 'x'))));
    };
    const std::string entry = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
    const auto null = open(R"({"__metadata__":null,"a":)" + entry + "}", 1);
    ASSERT_TRUE(null) << null.error().line();
    EXPECT_TRUE((*null)->metadata().empty());
    EXPECT_EQ((*null)->tensors().size(), 1U);

    const auto twice = open(R"({"__metadata__":{"k":"1","k":"2"},"a":)" + entry + "}", 1);
    ASSERT_TRUE(twice) << twice.error().line();
    EXPECT_EQ((*twice)->metadata().at("k"), "2");

    const auto unknown = open(R"({"a":{"x":{"dtype":[{"shape":null},-1.5,[],{}]},"y":true,"dtype":"U8","z":"s","x":-7,)"
                              R"("shape":[1],"data_offsets":[0,1],"last":null}})",
                              1);
    ASSERT_TRUE(unknown) << unknown.error().line();
    EXPECT_EQ((*unknown)->tensors()[0].dtype, DType::U8);
    EXPECT_EQ((*unknown)->tensors()[0].shape, std::vector<std::int64_t>{1});

    const auto nested = [&](std::size_t levels) {
        return open(R"({"a":{"x":)" + std::string(levels, '[') + std::string(levels, ']') +
                        R"(,"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                    1);
    };
    EXPECT_TRUE(nested(125));
    EXPECT_THAT(errorOf(nested(126), ErrorKind::Input), HasSubstr("nested too deep, in tensor a"));

    auto unnamed = open(R"({"":)" + entry + "}", 1);
    ASSERT_TRUE(unnamed) << unnamed.error().line();
    EXPECT_EQ((*unnamed)->tensors()[0].path, "");
    EXPECT_TRUE(findTensor(**unnamed, ""));

    const auto steering = open("{\"a\\u001b[2J\":" + entry + R"(,"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", 2);
    ASSERT_TRUE(steering) << steering.error().line();
    EXPECT_EQ((*steering)->tensors().size(), 1U);
    ASSERT_EQ((*steering)->skipped().size(), 1U);
    EXPECT_EQ((*steering)->skipped()[0].path, "a\\x1b[2J");
    EXPECT_TRUE((*steering)->skipped()[0].holdsNumbers);
}

TEST(Safetensors, ScalesBesideEightBitFloatsAreNoted)
{
    const TempFolder folder;
    const auto source = openWeights(folder.write("w.safetensors",
                                                 safetensorsBytes(R"({
        "l.weight":{"dtype":"F8_E4M3","shape":[2,2],"data_offsets":[0,4]},
        "l.weight_scale_inv":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]},
        "m.weight":{"dtype":"F8_E4M3","shape":[2,2],"data_offsets":[8,12]}})",
                                                                  std::string(12, '\x01'))));
    ASSERT_TRUE(source) << source.error().line();
    EXPECT_THAT(findTensor(**source, "l.weight")->note, HasSubstr("scales are kept in l.weight_scale_inv"));
    EXPECT_EQ(findTensor(**source, "m.weight")->note, "");
}

TEST(Safetensors, AHeaderLengthIsNotBelieved)
{
    const TempFolder folder;
    const std::string bomb = std::string("\0\0\0\0\0\0\0\x40", 8) + "{}"; // 2^62
    EXPECT_THAT(errorOf(openWeights(folder.write("bomb.safetensors", bomb)), ErrorKind::Input),
                HasSubstr("claims 4611686018427387904 bytes"));
    const std::string all = std::string("\xff\xff\xff\xff\xff\xff\xff\xff", 8) + "{}";
    EXPECT_THAT(errorOf(openWeights(folder.write("all.safetensors", all)), ErrorKind::Input),
                HasSubstr("claims 18446744073709551615 bytes"));
    const std::string nested = "{\"a\":" + std::string(100'000, '[');
    EXPECT_THAT(errorOf(openWeights(folder.write("deep.safetensors", safetensorsBytes(nested, ""))), ErrorKind::Input),
                HasSubstr("has a list"));
    auto empty = openWeights(folder.write("empty.safetensors", safetensorsBytes("{}", "")));
    ASSERT_TRUE(empty);
    EXPECT_TRUE((*empty)->tensors().empty());
    EXPECT_THAT(errorOf(findTensor(**empty, "w"), ErrorKind::Input), HasSubstr("no tensors at all"));
}

TEST(Safetensors, AFileThatShrinksGivesAnError)
{
    const TempFolder folder;
    const std::string header = R"({"w":{"dtype":"F32","shape":[64,64],"data_offsets":[0,16384]}})";
    const std::string file = folder.write("w.safetensors", safetensorsBytes(header, std::string(16384, '\0')));
    auto source = openWeights(file);
    ASSERT_TRUE(source);
    std::filesystem::resize_file(file, 8000);
    Matrix<float> out(64, 64);
    EXPECT_THAT(errorOf((*source)->readRows((*source)->tensors()[0], 0, out.span()), ErrorKind::Input),
                HasSubstr("ends at byte 8000"));
}

} // namespace
} // namespace nms::test
