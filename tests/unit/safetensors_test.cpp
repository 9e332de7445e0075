// SPDX-License-Identifier: Apache-2.0
#include "core/simd/half.h"
#include "tests/unit/io_support.h"

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
    EXPECT_EQ(folded.rows(), 2);
    EXPECT_EQ(folded.cols(), 15);
    EXPECT_TRUE(std::equal(values.begin(), values.end(), folded.data()));
    Matrix<float> middle(2, 5);
    ASSERT_TRUE((*source)->readRows(*findTensor(**source, "b.f16"), 3, middle.span()));
    EXPECT_EQ(middle(1, 4), values[24]);
    const TensorInfo f8 = *findTensor(**source, "f8");
    EXPECT_EQ(f8.dtype, DType::Other);
    EXPECT_THAT(f8.unreadable, HasSubstr("F8_E4M3"));
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
        Bad{R"({"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})", 17, "but the file holds 17"},
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
            6, "inside the one before"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
            4, "inside the one before"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "behind a hole"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
            8, "has the tensor a twice"},
        Bad{R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4, "has dtype twice"},
        Bad{R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4, "not all of"},
        Bad{R"({"a":{"dtype":"F32","shape":[1]}})", 0, "not all of"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "not all of"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4, "more than two"},
        Bad{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":1}})", 4, "unknown key \"extra\""},
        Bad{R"({"a":{"dtype":{"x":1},"shape":[1],"data_offsets":[0,4]}})", 4, "has an object"},
        Bad{R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", 4, "has a list"},
        Bad{R"({"a":[1]})", 0, "has a list"}, Bad{R"({"a":null})", 0, "has a null"}, Bad{R"({"a":"x"})", 0, "has a text"},
        Bad{R"({"__metadata__":"x"})", 0, "has a text"}, Bad{R"({"__metadata__":{"a":{"b":"c"}}})", 0, "has an object"},
        Bad{R"({"__metadata__":{"a":1}})", 0, "has a number"},
        Bad{R"({"__metadata__":{},"__metadata__":{}})", 0, "__metadata__ twice"}, Bad{R"({"":{}})", 0, "no plain text"},
        Bad{"{\"a\\u0007\":{}}", 0, "no plain text"}, Bad{"{\"\xff\":{}}", 0, "no valid JSON"},
        Bad{"{\"a\":{", 0, "no valid JSON"}, Bad{"{} x", 0, "no valid JSON"}, Bad{"{", 0, "no valid JSON"}));

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
