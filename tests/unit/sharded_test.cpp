// SPDX-License-Identifier: Apache-2.0
// Models in several safetensors files: read as one, and written again as they lie.
#include "core/io/safetensors/shard_folder.h"
#include "core/io/safetensors/shard_index.h"
#include "core/io/tensor_sink.h"
#include "core/io/weights_copy.h"
#include "tests/unit/io_support.h"

#include <cstring>
#include <filesystem>
#include <gmock/gmock.h>

namespace nms::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

const std::string indexName = "model.safetensors.index.json";
const std::string first = "model-00001-of-00002.safetensors", second = "model-00002-of-00002.safetensors";

std::string shard(const std::vector<std::string> &names, char fill)
{
    std::string header, data;
    for (const std::string &name : names) {
        header += (header.empty() ? R"({"__metadata__":{"format":"pt"},")" : ",\"") + name +
            R"(":{"dtype":"F16","shape":[4,4],"data_offsets":[)" + std::to_string(data.size()) + "," +
            std::to_string(data.size() + 32) + "]}";
        data += std::string(32, fill++);
    }
    return safetensorsBytes(header + "}", data);
}

std::string indexOf(const std::vector<std::pair<std::string, std::string>> &map)
{
    std::string text = R"({"metadata": {"total_size": 128, "more": [1, {"weight_map": 2}]}, "weight_map": {)";
    for (const auto &[tensor, file] : map)
        text.append(text.ends_with('{') ? "\"" : ", \"").append(tensor).append("\": \"").append(file).append("\"");
    return text + "}}\n";
}

/// Four tensors in two shards, with what lies beside them in such folders.
class Sharded : public testing::Test
{
protected:
    Sharded()
    {
        fs::create_directory(model);
        write(first, shard({"z", "a"}, 'a'));
        write(second, shard({"m", "b"}, 'e'));
        write(indexName, indexOf({{"a", first}, {"b", second}, {"m", second}, {"z", first}}));
        write("config.json", "{}");
        write("tokenizer.model", "pieces");
        write("pytorch_model.bin", "duplicate");
        write("pytorch_model.bin.index.json", "{}");
        write(".gitattributes", "hidden");
        fs::create_directory(model / "onnx");
    }
    void write(const std::string &name, const std::string &text) const { folder.write("model/" + name, text); }
    std::string path(const std::string &name) const { return (model / name).string(); }

    /// The model with bytes of 'x' in "b".
    Status copyTo(const std::string &target, const std::string &source, const WeightsCopyOptions &options = {})
    {
        auto opened = openWeights(source);
        if (!opened)
            return fail(opened.error());
        const auto tensor = findTensor(**opened, "b");
        if (!tensor)
            return fail(tensor.error());
        auto copy = WeightsCopy::create(target, source, std::span(&*tensor, 1), options);
        if (!copy)
            return fail(copy.error());
        notes = (*copy)->notes();
        if (Status fits = (*copy)->requireRoom(); !fits)
            return fits;
        if (Status begun = (*copy)->begin(); !begun)
            return begun;
        const std::vector<std::byte> rows(32, std::byte('x'));
        if (Status written = (*copy)->write(*tensor, 0, rows); !written)
            return written;
        return (*copy)->commit();
    }
    static std::vector<std::string> namesIn(const std::string &path)
    {
        std::vector<std::string> names;
        for (const auto &entry : fs::directory_iterator(path))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }
    void expectCopied(const std::string &target) const
    {
        EXPECT_EQ(readFile(target + "/" + first), readFile(path(first)));
        EXPECT_EQ(readFile(target + "/" + indexName), readFile(path(indexName)));
        std::string expected = readFile(path(second));
        expected.replace(expected.size() - 32, 32, std::string(32, 'x'));
        EXPECT_EQ(readFile(target + "/" + second), expected);
    }

    const TempFolder folder;
    const fs::path model = folder.path() / "model";
    std::vector<std::string> notes;
};

TEST_F(Sharded, IsOneSourceByIndexAndByFolder)
{
    for (const std::string &name : {path(indexName), model.string()}) {
        auto source = openWeights(name);
        ASSERT_TRUE(source) << source.error().line();
        EXPECT_EQ((*source)->format(), "sharded safetensors");
        EXPECT_EQ((*source)->fileName(), path(indexName));
        EXPECT_EQ((*source)->metadata().at("format"), "pt");
        std::vector<std::string> names;
        for (const TensorInfo &tensor : (*source)->tensors()) {
            names.push_back(tensor.path);
            std::string bytes(16, '\0');
            ASSERT_TRUE((*source)->readRawRows(tensor, 2, 2, std::as_writable_bytes(std::span(bytes))));
            EXPECT_EQ(bytes,
                      std::string(16, std::map<char, char>{{'z', 'a'}, {'a', 'b'}, {'m', 'e'}, {'b', 'f'}}[tensor.path[0]]));
        }
        EXPECT_THAT(names, ElementsAre("z", "a", "m", "b"));
        EXPECT_EQ(readAll(**source, "b").rows(), 4);
    }
}

TEST_F(Sharded, PartsOfASliceAreReadInPlace)
{
    // A stack of 3 matrices, whose raw rows are whole matrices: two rows across the border between two of them.
    const std::string values = "aaaabbbbccccddddeeeeffff"; // 3 × 2 × 2 of two bytes
    write("model-00003-of-00003.safetensors",
          safetensorsBytes(R"({"layers.0.experts.w":{"dtype":"F16","shape":[3,2,2],"data_offsets":[0,24]}})", values));
    write("stack.safetensors.index.json", R"({"weight_map":{"layers.0.experts.w":"model-00003-of-00003.safetensors"}})");
    auto source = openWeights(path("stack.safetensors.index.json"));
    ASSERT_TRUE(source) << source.error().line();
    const auto tensor = findTensor(**source, "layers.0.experts.w");
    ASSERT_TRUE(tensor);
    EXPECT_TRUE((*source)->readsInParallel(*tensor));
    std::string bytes(8, '\0');
    ASSERT_TRUE((*source)->readMatrixRows(*tensor, 1, 2, std::as_writable_bytes(std::span(bytes))));
    EXPECT_EQ(bytes, "bbbbcccc");
}

TEST_F(Sharded, AxesThatAreToldHoldForNumbersToo)
{
    // 2 × 2 × 2: experts by their name, whose first matrix is 1 2 and 3 4; as "ohi" it is 1 2 and 5 6.
    const std::vector<float> values{1, 2, 3, 4, 5, 6, 7, 8};
    std::string bytes(32, '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    write("model-00003-of-00003.safetensors",
          safetensorsBytes(R"({"layers.0.experts.w":{"dtype":"F32","shape":[2,2,2],"data_offsets":[0,32]}})", bytes));
    write("stack.safetensors.index.json", R"({"weight_map":{"layers.0.experts.w":"model-00003-of-00003.safetensors"}})");
    auto source = openWeights(path("stack.safetensors.index.json"));
    ASSERT_TRUE(source) << source.error().line();
    (*source)->setAxes("layers.0.experts.w", {"ohi", "told"});
    const auto tensor = findTensor(**source, "layers.0.experts.w");
    ASSERT_TRUE(tensor);
    Matrix<float> numbers(4, 2), raw(4, 2);
    ASSERT_TRUE((*source)->readRows(*tensor, 0, numbers.span()));
    ASSERT_TRUE((*source)->readMatrixRows(*tensor, 0, 4, std::as_writable_bytes(std::span(raw.data(), 8))));
    EXPECT_THAT(std::vector<float>(numbers.data(), numbers.data() + 8), ElementsAre(1, 2, 5, 6, 3, 4, 7, 8));
    EXPECT_THAT(std::vector<float>(raw.data(), raw.data() + 8), ElementsAre(1, 2, 5, 6, 3, 4, 7, 8));
}

TEST_F(Sharded, EveryMissingShardIsNamed)
{
    fs::remove(path(first));
    EXPECT_THAT(errorOf(openWeights(model.string()), ErrorKind::Input),
                testing::AllOf(HasSubstr("of which 1 are missing"), HasSubstr(first), testing::Not(HasSubstr(second))));
    fs::remove(path(second));
    EXPECT_THAT(errorOf(openWeights(path(indexName)), ErrorKind::Input),
                HasSubstr("of which all are missing beside it: " + first + ", " + second));
}

TEST_F(Sharded, IndexAndShardsMustAgree)
{
    write(indexName, indexOf({{"a", first}, {"b", first}, {"m", second}, {"z", first}}));
    EXPECT_THAT(errorOf(openWeights(model.string()), ErrorKind::Input),
                HasSubstr("says that tensor b is in " + first + ", but it is not"));
    // A second one of a name, and one that the index does not know.
    write(first, shard({"z", "a", "b"}, 'a'));
    write(second, shard({"m", "b", "new"}, 'e'));
    auto source = openWeights(model.string());
    ASSERT_TRUE(source) << source.error().line();
    EXPECT_EQ((*source)->tensors().size(), 5U);
    ASSERT_EQ((*source)->skipped().size(), 1U);
    EXPECT_EQ((*source)->skipped()[0].path, "b");
    EXPECT_THAT((*source)->skipped()[0].reason, HasSubstr("is in " + second + ", too, but belongs to " + first));
    // The copy changes the one that is read.
    EXPECT_TRUE(copyTo(folder.file("out"), model.string()));
    EXPECT_EQ(readFile(folder.file("out/" + second)), readFile(path(second)));
    EXPECT_THAT(readFile(folder.file("out/" + first)), testing::EndsWith(std::string(32, 'x')));
}

TEST_F(Sharded, HostileAndOtherIndices)
{
    const auto refused = [&](const std::string &text) {
        write(indexName, text);
        return errorOf(openWeights(path(indexName)), ErrorKind::Input);
    };
    for (const std::string name : {"../x.safetensors", "/etc/x.safetensors", "a/x.safetensors", "..", "", ".x.safetensors"})
        EXPECT_THAT(refused(indexOf({{"a", name}})), HasSubstr("no name of a file beside it")) << name;
    EXPECT_THAT(refused(indexOf({{"a", "pytorch_model-00001-of-00002.bin"}})), HasSubstr("no safetensors file"));
    EXPECT_THAT(refused(indexOf({{"a", first}, {"a", first}})), HasSubstr("names the tensor a twice"));
    EXPECT_THAT(refused(R"({"model_type": "bert"})"), HasSubstr("it has no weight_map"));
    EXPECT_THAT(refused(R"({"weight_map": {}})"), HasSubstr("names no tensor"));
    EXPECT_THAT(refused(R"({"weight_map": [1]})"), HasSubstr("weight_map that is no object"));
    EXPECT_THAT(refused(R"({"weight_map": {"a": ["x"]}})"), HasSubstr("something else than a file name for tensor a"));
    EXPECT_THAT(refused(R"({"weight_map": {"a": "x.safetensors"}, "weight_map": {}})"), HasSubstr("weight_map twice"));
    EXPECT_THAT(refused(R"({"weight_map": {"a": "x.safetensors")"), HasSubstr("no valid JSON"));
    EXPECT_THAT(refused("{\"x\": " + std::string(1000, '[')), HasSubstr("nested too deep"));
}

TEST_F(Sharded, AFolderThatDoesNotTellWhatToTakeSaysWhatToName)
{
    fs::remove(path(indexName));
    EXPECT_THAT(errorOf(openWeights(model.string()), ErrorKind::Io),
                testing::AllOf(HasSubstr("several safetensors files and no index"), HasSubstr(first), HasSubstr(second)));
    fs::remove(path(first));
    auto source = openWeights(model.string());
    ASSERT_TRUE(source) << source.error().line();
    EXPECT_EQ((*source)->format(), "safetensors");
    EXPECT_EQ((*source)->fileName(), path(second));
    fs::remove(path(second));
    EXPECT_THAT(errorOf(openWeights(model.string()), ErrorKind::Io), HasSubstr("holds no safetensors"));
    write("a" + indexName, "{}");
    write("b" + indexName, "{}");
    EXPECT_THAT(errorOf(openWeights(model.string()), ErrorKind::Io),
                HasSubstr("several indices of shards: a" + indexName + ", b" + indexName));
}

TEST_F(Sharded, ACopyIsAFolderAgain)
{
    const std::string out = folder.file("out");
    Status done = copyTo(out, model.string());
    ASSERT_TRUE(done) << done.error().line();
    EXPECT_THAT(namesIn(out), ElementsAre(first, second, indexName));
    expectCopied(out);
    EXPECT_TRUE(notes.empty());
    // Over an earlier one, and by the index.
    write(first, shard({"z", "a"}, 'k'));
    done = copyTo(out + "/" + indexName, path(indexName));
    ASSERT_TRUE(done) << done.error().line();
    expectCopied(out);
}

TEST_F(Sharded, TheRestComesAlongWhenAsked)
{
    const fs::path elsewhere = folder.path() / "secret";
    folder.write("secret", "private");
    fs::create_symlink(elsewhere, model / "linked.json");
    fs::create_symlink("config.json", model / "generation_config.json");
    const std::string out = folder.file("out");
    const Status done = copyTo(out, model.string(), {.copyRest = true});
    ASSERT_TRUE(done) << done.error().line();
    EXPECT_THAT(namesIn(out),
                ElementsAre("config.json", "generation_config.json", first, second, indexName, "tokenizer.model"));
    EXPECT_EQ(readFile(out + "/tokenizer.model"), "pieces");
    EXPECT_EQ(readFile(out + "/generation_config.json"), "{}");
    EXPECT_THAT(notes,
                ElementsAre("linked.json is left out: it is a link that leads out of the model's folder",
                            "onnx is left out: it is a folder",
                            "pytorch_model.bin is left out: it holds weights that are not among those copied",
                            "pytorch_model.bin.index.json is left out: it holds weights that are not among those copied"));
    expectCopied(out);
}

TEST_F(Sharded, TheCacheOfHuggingFaceIsMadeOfLinks)
{
    const fs::path hub = folder.path() / "models--x--y", snapshot = hub / "snapshots" / "0123";
    fs::create_directories(snapshot);
    fs::create_directories(hub / "blobs");
    int number = 0;
    for (const std::string &name : {first, second, indexName, std::string("config.json")}) {
        const std::string blob = "blob" + std::to_string(number++);
        fs::copy_file(path(name), hub / "blobs" / blob);
        fs::create_symlink(fs::path("..") / ".." / "blobs" / blob, snapshot / name);
    }
    const std::string out = folder.file("out");
    const Status done = copyTo(out, snapshot.string(), {.copyRest = true});
    ASSERT_TRUE(done) << done.error().line();
    EXPECT_THAT(namesIn(out), ElementsAre("config.json", first, second, indexName));
    expectCopied(out);
    for (const std::string &name : namesIn(out))
        EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(fs::path(out) / name))) << name;
    // Nor is the cache written to.
    EXPECT_THAT(errorOf(WeightsCopy::create(snapshot.string(), model.string(), {}), ErrorKind::Io),
                HasSubstr("which is a link"));
}

TEST_F(Sharded, AFolderOfOtherThingsIsNotWrittenTo)
{
    const std::string out = folder.file("out");
    fs::create_directory(out);
    folder.write("out/other.safetensors", "x");
    EXPECT_THAT(errorOf(copyTo(out, model.string()), ErrorKind::Io),
                HasSubstr("holds other.safetensors, which does not belong to this model"));
    EXPECT_THAT(namesIn(out), ElementsAre("other.safetensors"));
    EXPECT_THAT(errorOf(copyTo(model.string(), model.string()), ErrorKind::Usage),
                HasSubstr("is the folder of the input itself"));
    EXPECT_THAT(errorOf(copyTo(folder.file("no/such"), model.string()), ErrorKind::Io), HasSubstr("cannot be made"));
    EXPECT_THAT(errorOf(copyTo(folder.write("file", "x"), model.string()), ErrorKind::Io), HasSubstr("is no folder"));
}

TEST_F(Sharded, WhatIsNotCommittedLeavesNothing)
{
    const std::string out = folder.file("out");
    {
        auto copy = WeightsCopy::create(out, model.string(), {}, {.copyRest = true});
        ASSERT_TRUE(copy) << copy.error().line();
        ASSERT_TRUE((*copy)->begin());
        EXPECT_THAT(namesIn(out), ElementsAre());
    }
    EXPECT_FALSE(fs::exists(out));
    std::stop_source stop;
    stop.request_stop();
    auto copy = WeightsCopy::create(out, model.string(), {});
    ASSERT_TRUE(copy) << copy.error().line();
    errorOf((*copy)->begin({.stop = stop.get_token(), .report = {}}), ErrorKind::Cancelled);
}

TEST_F(Sharded, AHalfReplacedFolderHasNoIndex)
{
    const std::string out = folder.file("out");
    ASSERT_TRUE(copyTo(out, model.string()));
    auto copy = WeightsCopy::create(out, model.string(), {});
    ASSERT_TRUE(copy) << copy.error().line();
    ASSERT_TRUE((*copy)->begin());
    fs::remove(out + "/" + second);
    fs::create_directories(out + "/" + second + "/in the way");
    EXPECT_THAT(errorOf((*copy)->commit(), ErrorKind::Io),
                testing::AllOf(HasSubstr(second), HasSubstr("1 of 3 files"), HasSubstr("its index is not")));
    EXPECT_EQ(readFile(out + "/" + first), readFile(path(first)));
    EXPECT_FALSE(fs::exists(out + "/" + indexName));
}

TEST_F(Sharded, BecomesOneFileWhereTheTargetIsOne)
{
    for (const std::string name : {"one.safetensors", "one.h5"}) {
        const Status done = copyTo(folder.file(name), model.string());
        ASSERT_TRUE(done) << done.error().line();
        auto source = openWeights(folder.file(name));
        ASSERT_TRUE(source) << source.error().line();
        EXPECT_EQ((*source)->tensors().size(), 4U);
        EXPECT_EQ((*source)->metadata().at("format"), "pt");
        std::string bytes(32, '\0');
        const auto tensor = findTensor(**source, "b");
        ASSERT_TRUE(tensor);
        ASSERT_TRUE((*source)->readRawRows(*tensor, 0, 4, std::as_writable_bytes(std::span(bytes))));
        EXPECT_EQ(bytes, std::string(32, 'x'));
    }
}

TEST_F(Sharded, AFolderWithOneFileIsCopiedLikeOne)
{
    fs::remove(path(indexName));
    fs::remove(path(first));
    fs::rename(path(second), path("model.safetensors"));
    const std::string out = folder.file("out");
    EXPECT_THAT(errorOf(copyTo(out + "/" + indexName, model.string()), ErrorKind::Usage),
                HasSubstr("one file and no index"));
    const Status done = copyTo(out, model.string(), {.copyRest = true});
    ASSERT_TRUE(done) << done.error().line();
    EXPECT_THAT(namesIn(out), ElementsAre("config.json", "model.safetensors", "tokenizer.model"));
}

TEST_F(Sharded, AShardIsNoTargetForWhatReadsTheModel)
{
    for (const std::string &input : {model.string(), path(indexName)})
        EXPECT_THAT(errorOf(TensorSink::create(path(second), input), ErrorKind::Usage), HasSubstr("is the input itself"));
    EXPECT_TRUE(TensorSink::create(folder.file("masks.safetensors"), model.string()));
}

} // namespace
} // namespace nms::test
