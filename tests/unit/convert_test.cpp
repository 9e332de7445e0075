// SPDX-License-Identifier: Apache-2.0
#include "core/io/convert.h"
#include "tests/unit/io_support.h"

#include <gmock/gmock.h>

namespace nms::test {
namespace {

using testing::HasSubstr;

/// All tensors of a file: name → dtype, shape and bytes as one text.
std::map<std::string, std::string> contentOf(const std::string &file)
{
    std::map<std::string, std::string> content;
    auto source = openWeights(file);
    EXPECT_TRUE(source) << (source ? "" : source.error().line());
    if (!source)
        return content;
    for (const TensorInfo &tensor : (*source)->tensors()) {
        std::string text(std::size_t(tensor.elements() * bytesOf(tensor.dtype)), '\0');
        const Status read = (*source)->readRawRows(tensor, 0, tensor.rawRows(), std::as_writable_bytes(std::span(text)));
        EXPECT_TRUE(read) << read.error().line();
        for (const std::int64_t size : tensor.shape)
            text.insert(0, std::to_string(size) + ",");
        content[tensor.path] = std::string(nameOf(tensor.dtype)) + ":" + text;
    }
    return content;
}

/// One tensor of every dtype, in an order that leaves none aligned, plus a vector, a scalar and an empty one.
std::string everyType()
{
    std::string header = R"({"__metadata__":{"format":"pt","note":"Zeile 1\nZeile 2 \u00fc"})";
    std::string data;
    const auto add = [&](const std::string &name, const std::string &type, const std::string &shape, std::size_t bytes) {
        header += ",\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":[" +
            std::to_string(data.size()) + "," + std::to_string(data.size() + bytes) + "]}";
        for (std::size_t i = 0; i < bytes; ++i)
            data += type == "BOOL" ? char(i % 2) : char(data.size() * 37 + 11);
    };
    add("bool", "BOOL", "[3,5]", 15);
    add("f64", "F64", "[3,5]", 120);
    add("u8", "U8", "[3]", 3);
    add("layer/0/f16", "F16", "[3,5]", 30);
    add("layer/0/bf16", "BF16", "[2,3,5]", 60);
    add("model.layers.1.weight", "F32", "[3,5]", 60);
    add("i8", "I8", "[3,5]", 15);
    add("u16", "U16", "[3,5]", 30);
    add("i16", "I16", "[3,5]", 30);
    add("u32", "U32", "[3,5]", 60);
    add("i32", "I32", "[1]", 4);
    add("u64", "U64", "[]", 8);
    add("i64", "I64", "[3,5]", 120);
    add("none", "F32", "[0,5]", 0);
    return safetensorsBytes(header + "}", data);
}

TEST(Convert, EveryTypeThereAndBackBitForBit)
{
    const TempFolder folder;
    const std::string original = folder.write("a.safetensors", everyType());
    std::int64_t done = 0;
    ConvertOptions options;
    options.report = [&](std::int64_t bytes, std::int64_t total) {
        EXPECT_GE(bytes, done);
        EXPECT_LE(bytes, total);
        done = bytes;
    };
    const auto summary = convertWeights(original, folder.file("b.h5"), options);
    ASSERT_TRUE(summary) << summary.error().line();
    EXPECT_EQ(summary->tensors, 14);
    EXPECT_EQ(done, summary->bytes);
    ASSERT_TRUE(convertWeights(folder.file("b.h5"), folder.file("c.safetensors")));
    ASSERT_TRUE(convertWeights(folder.file("b.h5"), folder.file("d.h5")));
    const auto expected = contentOf(original);
    EXPECT_EQ(expected.size(), 14U);
    EXPECT_EQ(contentOf(folder.file("b.h5")), expected);
    EXPECT_EQ(contentOf(folder.file("c.safetensors")), expected);
    EXPECT_EQ(contentOf(folder.file("d.h5")), expected);
    EXPECT_EQ((*openWeights(folder.file("c.safetensors")))->metadata(), (*openWeights(original))->metadata());
    EXPECT_EQ((*openWeights(folder.file("b.h5")))->tensors()[0].layout, "contiguous");
    EXPECT_EQ(folder.fileCount(), 4U);
}

TEST(Convert, AlignsEveryTensorToItsElement)
{
    const TempFolder folder;
    const std::string original = folder.write("a.safetensors", everyType());
    ASSERT_TRUE(convertWeights(original, folder.file("b.safetensors")));
    int last = 8;
    const auto converted = openWeights(folder.file("b.safetensors"));
    ASSERT_TRUE(converted);
    for (const TensorInfo &tensor : (*converted)->tensors()) {
        EXPECT_LE(bytesOf(tensor.dtype), last) << tensor.path;
        last = bytesOf(tensor.dtype);
    }
    const std::string bytes = readFile(folder.file("b.safetensors"));
    EXPECT_EQ((8 + static_cast<unsigned char>(bytes[0]) + 256 * static_cast<unsigned char>(bytes[1])) % 8, 0);
}

TEST(Convert, SaysWhatItCannotCarryAndWritesNothing)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(4, 4);
    {
        const Hdf5Builder file(folder.file("text.h5"));
        file.dataset("w", H5T_IEEE_F32LE, {4, 4}, values.data());
        file.dataset("names", H5T_C_S1, {4}, "abc");
    }
    EXPECT_THAT(errorOf(convertWeights(folder.file("text.h5"), folder.file("o.safetensors")), ErrorKind::Unsupported),
                HasSubstr("names: has elements of type 1-byte text"));
    const auto headerOf = [](const std::string &first, const std::string &second) {
        return safetensorsBytes("{\"" + first + R"(":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},")" + second +
                                    R"(":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                                "ab");
    };
    for (const auto &[first, second] : {std::pair("a", "a/b"), std::pair("a/b/c", "a"), std::pair("a", "b//c"),
                                        std::pair("a", "./b"), std::pair("a", "b/")}) {
        const std::string in = folder.write("in.safetensors", headerOf(first, second));
        EXPECT_THAT(errorOf(convertWeights(in, folder.file("o.h5")), ErrorKind::Unsupported), HasSubstr("rename"))
            << first << second;
    }
    EXPECT_THAT(errorOf(convertWeights(folder.file("none.h5"), folder.file("o.h5")), ErrorKind::Io), HasSubstr("none.h5"));
    EXPECT_THAT(errorOf(convertWeights(folder.file("text.h5"), folder.file("text.h5")), ErrorKind::Unsupported),
                HasSubstr("names"));
    EXPECT_EQ(folder.fileCount(), 2U);
}

TEST(Convert, StopsWhenAskedTo)
{
    const TempFolder folder;
    const std::string original = folder.write("a.safetensors", everyType());
    std::stop_source stop;
    ConvertOptions options;
    options.stop = stop.get_token();
    options.report = [&](std::int64_t, std::int64_t) {
        stop.request_stop();
    };
    EXPECT_THAT(errorOf(convertWeights(original, folder.file("b.h5"), options), ErrorKind::Cancelled), HasSubstr("b.h5"));
    EXPECT_EQ(folder.fileCount(), 1U);
}

TEST(Convert, LinksOutOfTheFileAreNoted)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(4, 4);
    {
        const Hdf5Builder file(folder.file("w.h5"));
        file.dataset("w", H5T_IEEE_F32LE, {4, 4}, values.data());
        H5Lcreate_external("elsewhere.h5", "/x", file.file(), "out", H5P_DEFAULT, H5P_DEFAULT);
    }
    const auto summary = convertWeights(folder.file("w.h5"), folder.file("o.safetensors"));
    ASSERT_TRUE(summary);
    ASSERT_EQ(summary->notes.size(), 1U);
    EXPECT_THAT(summary->notes[0], HasSubstr("external link"));
}

} // namespace
} // namespace nms::test
