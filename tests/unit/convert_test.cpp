// SPDX-License-Identifier: Apache-2.0
#include "core/io/convert.h"
#include "tests/unit/io_support.h"

#include <gmock/gmock.h>

namespace nms::test {
namespace {

using testing::AllOf;
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
    add("f8_e4m3", "F8_E4M3", "[3,5]", 15);
    add("f8_e5m2", "F8_E5M2", "[3,5]", 15);
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
    EXPECT_EQ(summary->tensors, 16);
    ASSERT_EQ(summary->notes.size(), 1U);
    EXPECT_EQ(summary->notes[0].path, "f8_e4m3");
    EXPECT_THAT(summary->notes[0].reason, HasSubstr("from 256 on as Inf or NaN"));
    EXPECT_EQ(done, summary->bytes);
    ASSERT_TRUE(convertWeights(folder.file("b.h5"), folder.file("c.safetensors")));
    ASSERT_TRUE(convertWeights(folder.file("b.h5"), folder.file("d.h5")));
    const auto expected = contentOf(original);
    EXPECT_EQ(expected.size(), 16U);
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

/// What a conversion says that it cannot carry over: "path reason".
class Losses
{
public:
    ConvertOptions options(bool skip = false)
    {
        ConvertOptions options;
        options.skipUnreadable = skip;
        options.leftOut = [this](const SkippedEntry &entry) {
            lines.push_back(entry.path + " " + entry.reason);
        };
        return options;
    }
    std::vector<std::string> lines;
};

TEST(Convert, ListsAllThatItCannotCarryAndWritesNothing)
{
    const TempFolder folder;
    const std::string in = folder.write("in.safetensors",
                                        safetensorsBytes(R"({
        "good":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
        "f4":{"dtype":"F4","shape":[2],"data_offsets":[1,2]},
        "c":{"dtype":"C64","shape":[1],"data_offsets":[2,10]},
        "odd\u0007":{"dtype":"U8","shape":[1],"data_offsets":[10,11]}})",
                                                         "abcdefghijk"));
    Losses losses;
    EXPECT_THAT(errorOf(convertWeights(in, folder.file("o.h5"), losses.options()), ErrorKind::Unsupported),
                AllOf(HasSubstr("in.safetensors: 3 tensors or other entries cannot be carried over"),
                      HasSubstr("--skip-unreadable")));
    EXPECT_THAT(losses.lines,
                testing::UnorderedElementsAre(HasSubstr("f4 has elements of type F4 (4-bit floats"),
                                              HasSubstr("c has elements of type C64 (complex"),
                                              HasSubstr("odd\\x07 has a name with control characters")));
    EXPECT_EQ(folder.fileCount(), 1U);

    Losses skipped;
    const auto summary = convertWeights(in, folder.file("o.h5"), skipped.options(true));
    ASSERT_TRUE(summary) << summary.error().line();
    EXPECT_EQ(summary->tensors, 1);
    EXPECT_EQ(summary->bytes, 1);
    EXPECT_EQ(summary->leftOut.size(), 3U);
    EXPECT_EQ(skipped.lines, losses.lines);
    EXPECT_THAT(contentOf(folder.file("o.h5")), testing::ElementsAre(testing::Pair("good", "u8:1,a")));
}

TEST(Convert, NamesThatHdf5CannotSpellAreFoundBeforeTheWork)
{
    const TempFolder folder;
    const auto fileOf = [&](const std::string &first, const std::string &second) {
        return folder.write("in.safetensors",
                            safetensorsBytes("{\"" + first + R"(":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},")" +
                                                 second + R"(":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                                             "ab"));
    };
    const std::string deep = [] {
        std::string path = "g";
        for (int i = 0; i < 64; ++i)
            path += "/g";
        return path;
    }();
    struct Case {
        std::string first, second, path, reason;
    };
    for (const Case &bad :
         {Case{"a", "a/b", "a/b", "lies inside a, which is a tensor itself"},
          Case{"a/b/c", "a", "a", "has the name of a group, that of a/b/c"}, Case{"a", "b//c", "b//c", "a slash too many"},
          Case{"a", "/b", "/b", "a slash too many"}, Case{"a", "b/", "b/", "a slash too many"},
          Case{"a", "./b", "./b", "has a part \".\" in its name"}, Case{"a", "", "\"\"", "has an empty name"},
          Case{"a", std::string(5000, 'n'), std::string(5000, 'n'), "has a name of more than 4096 bytes"},
          Case{"a", deep, deep, "lies in 64 groups by the slashes in its name"}}) {
        const std::string in = fileOf(bad.first, bad.second);
        bool begun = false;
        ConvertOptions options;
        options.report = [&](std::int64_t, std::int64_t) {
            begun = true;
        };
        EXPECT_THAT(errorOf(convertWeights(in, folder.file("o.h5"), options), ErrorKind::Unsupported),
                    AllOf(HasSubstr("in.safetensors: " + bad.path + ": "), HasSubstr(bad.reason)));
        EXPECT_FALSE(begun) << bad.path;
        EXPECT_EQ(folder.fileCount(), 1U) << bad.path;
        ASSERT_TRUE(convertWeights(in, folder.file("o.safetensors"))) << bad.path;
        EXPECT_EQ(contentOf(folder.file("o.safetensors")).size(), 2U);
        std::filesystem::remove(folder.file("o.safetensors"));
    }
}

TEST(Convert, TextBesideWeightsIsNoted)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(4, 4);
    {
        const Hdf5Builder file(folder.file("text.h5"));
        file.dataset("w", H5T_IEEE_F32LE, {4, 4}, values.data());
        file.dataset("names", H5T_C_S1, {4}, "abc");
    }
    Losses losses;
    const auto summary = convertWeights(folder.file("text.h5"), folder.file("o.safetensors"), losses.options());
    ASSERT_TRUE(summary) << summary.error().line();
    EXPECT_EQ(summary->tensors, 1);
    ASSERT_EQ(summary->notes.size(), 1U);
    EXPECT_EQ(summary->notes[0].path, "names");
    EXPECT_THAT(summary->notes[0].reason, HasSubstr("text"));
    EXPECT_TRUE(losses.lines.empty());
    EXPECT_THAT(errorOf(convertWeights(folder.file("none.h5"), folder.file("o.h5")), ErrorKind::Io), HasSubstr("none.h5"));
    EXPECT_THAT(errorOf(convertWeights(folder.file("text.h5"), folder.file("text.h5")), ErrorKind::Usage),
                HasSubstr("text.h5"));
}

TEST(Convert, MetadataOfAnyLengthSurvivesBothWays)
{
    std::string text;
    while (text.size() < (std::size_t(3) << 20))
        text += R"({\"key\": [1, 2.5, null]} \u00fc\n)";
    const std::string header = R"({"__metadata__":{"long":")" + text + R"(","empty":"","format":"pt","a.b/c d":"x",)" +
        R"("w":"{\"n\": 2, \"scale\": [0.5, 0.25]}","facts":"{\"m\":4,\"n\":2}"},)" +
        R"("w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"facts":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})";
    const TempFolder folder;
    const std::string original = folder.write("a.safetensors", safetensorsBytes(header, "ab"));
    ASSERT_TRUE(convertWeights(original, folder.file("b.h5")));
    ASSERT_TRUE(convertWeights(folder.file("b.h5"), folder.file("c.safetensors")));
    const auto expected = (*openWeights(original))->metadata();
    ASSERT_EQ(expected.size(), 6U);
    EXPECT_GT(expected.at("long").size(), std::size_t(2) << 20);
    const auto survived = (*openWeights(folder.file("c.safetensors")))->metadata();
    for (const auto &[key, value] : expected)
        EXPECT_TRUE(survived.contains(key) && survived.at(key) == value) << key;
    EXPECT_EQ(survived.size(), expected.size());
}

TEST(Convert, MetadataThatAnAttributeCannotHoldIsListed)
{
    const TempFolder folder;
    const std::string in = folder.write(
        "a.safetensors",
        safetensorsBytes(
            R"({"__metadata__":{"nul":"a\u0000b","":"x","li\nne":"y","fine":"z"},"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
            "a"));
    Losses losses;
    errorOf(convertWeights(in, folder.file("b.h5"), losses.options()), ErrorKind::Unsupported);
    EXPECT_THAT(losses.lines,
                testing::UnorderedElementsAre(HasSubstr("__metadata__: nul has a NUL"),
                                              HasSubstr("__metadata__:  has a key"),
                                              HasSubstr("__metadata__: li\\x0ane has a key")));
    ASSERT_TRUE(convertWeights(in, folder.file("b.h5"), losses.options(true)));
    EXPECT_THAT((*openWeights(folder.file("b.h5")))->metadata(), testing::ElementsAre(testing::Pair("fine", "z")));
    ASSERT_TRUE(convertWeights(in, folder.file("c.safetensors")));
    EXPECT_EQ((*openWeights(folder.file("c.safetensors")))->metadata(), (*openWeights(in))->metadata());
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
    EXPECT_EQ(summary->notes[0].path, "out");
    EXPECT_THAT(summary->notes[0].reason, HasSubstr("external link"));
}

} // namespace
TEST(Convert, AttributesThatAreNotCarriedAreTold)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(4, 4);
    const auto attach = [](hid_t object, const char *name, hid_t type, const void *data) {
        const hsize_t count = 3;
        const hid_t space = H5Screate_simple(1, &count, nullptr);
        const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(attribute, type, data);
        H5Aclose(attribute);
        H5Sclose(space);
    };
    for (const bool numbers : {false, true}) {
        {
            const Hdf5Builder file(folder.file("w.h5"));
            file.dataset("w", H5T_IEEE_F32LE, {4, 4}, values.data());
            const hid_t text = H5Tcopy(H5T_C_S1);
            H5Tset_size(text, 2);
            const hid_t dataset = H5Dopen2(file.file(), "w", H5P_DEFAULT);
            const float scales[] = {0.5F, 1, 2};
            attach(dataset, "which", numbers ? H5T_IEEE_F32LE : text,
                   numbers ? static_cast<const void *>(scales) : "a\0b\0c");
            H5Dclose(dataset);
            H5Tclose(text);
        }
        const auto converted = convertWeights(folder.file("w.h5"), folder.file("o.safetensors"));
        if (!numbers) {
            ASSERT_TRUE(converted) << converted.error().line();
            ASSERT_EQ(converted->notes.size(), 1U);
            EXPECT_THAT(converted->notes[0].reason, HasSubstr("attribute which"));
            continue;
        }
        EXPECT_THAT(errorOf(converted, ErrorKind::Unsupported), HasSubstr("w: has an attribute which of a kind"));
        ConvertOptions options;
        options.skipUnreadable = true;
        const auto partly = convertWeights(folder.file("w.h5"), folder.file("o.safetensors"), options);
        ASSERT_TRUE(partly) << partly.error().line();
        EXPECT_EQ(partly->tensors, 1);
        EXPECT_EQ(partly->leftOut.size(), 1U);
    }
}

} // namespace nms::test
