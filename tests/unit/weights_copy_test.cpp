// SPDX-License-Identifier: Apache-2.0
// A model written again with other values in some tensors: everything else is the same, byte for byte.
#include "core/io/weights_copy.h"

#include "tests/support/numpy_files.h"
#include "tests/unit/io_support.h"

#include <algorithm>
#include <cstring>
#include <gmock/gmock.h>

namespace nms::test {
namespace {

using testing::HasSubstr;

using Values = std::map<std::string, std::string>; // path → the tensor's bytes

/// Other bytes, as many.
std::string changed(std::string bytes)
{
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = char(~bytes[i] + int(i % 7));
    return bytes;
}

Values valuesOf(const std::string &file)
{
    Values values;
    auto source = openWeights(file);
    EXPECT_TRUE(source) << (source ? "" : source.error().line());
    if (!source)
        return values;
    for (const TensorInfo &tensor : (*source)->tensors()) {
        std::string bytes(std::size_t(tensor.elements() * bytesOf(tensor.dtype)), '\0');
        const Status read = (*source)->readRawRows(tensor, 0, tensor.rawRows(), std::as_writable_bytes(std::span(bytes)));
        EXPECT_TRUE(read) << (read ? "" : read.error().line());
        values[tensor.path] = bytes;
    }
    return values;
}

std::vector<TensorInfo> tensorsOf(const std::string &file, const std::vector<std::string> &paths)
{
    std::vector<TensorInfo> tensors;
    auto source = openWeights(file);
    EXPECT_TRUE(source) << (source ? "" : source.error().line());
    for (const std::string &path : paths) {
        const auto tensor = source ? findTensor(**source, path) : Result<TensorInfo>(fail(ErrorKind::Internal, path, ""));
        EXPECT_TRUE(tensor) << (tensor ? "" : tensor.error().line());
        if (tensor)
            tensors.push_back(*tensor);
    }
    return tensors;
}

/// The source with changed() values in `paths`, their rows written in panels of `rows`, the tensors taking turns.
Status copyChanged(const std::string &target, const std::string &source, const std::vector<std::string> &paths,
                   std::int64_t rows = 3, const WeightsCopyOptions &options = {})
{
    const Values old = valuesOf(source);
    const std::vector<TensorInfo> tensors = tensorsOf(source, paths);
    auto copy = WeightsCopy::create(target, source, tensors, options);
    if (!copy)
        return fail(copy.error());
    if (Status fits = (*copy)->requireRoom(); !fits)
        return fits;
    if (Status begun = (*copy)->begin(); !begun)
        return begun;
    bool more = true;
    for (std::int64_t row = 0; more; row += rows) {
        more = false;
        for (const TensorInfo &tensor : tensors) {
            const std::string bytes = changed(old.at(tensor.path));
            const std::int64_t rowBytes = tensor.rawCols() * bytesOf(tensor.dtype);
            const std::int64_t count = std::min(rows, tensor.rawRows() - row);
            if (count <= 0)
                continue;
            more = true;
            const auto panel =
                std::as_bytes(std::span(bytes)).subspan(std::size_t(row * rowBytes), std::size_t(count * rowBytes));
            if (Status written = (*copy)->write(tensor, row, panel); !written)
                return written;
        }
    }
    return (*copy)->commit();
}

Values withChanged(Values values, const std::vector<std::string> &paths)
{
    for (const std::string &path : paths)
        values[path] = changed(values[path]);
    return values;
}

#define EXPECT_DONE(status)                                                                                                 \
    do {                                                                                                                    \
        const Status done_ = (status);                                                                                      \
        EXPECT_TRUE(done_) << (done_ ? "" : done_.error().line());                                                          \
    } while (false)

std::string noise(std::size_t bytes, int seed)
{
    std::string text(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i)
        text[i] = char((i * 131 + std::size_t(seed) * 17 + i / 251) & 0x3f); // finite numbers in every type
    return text;
}

TEST(WeightsCopy, SafetensorsStaysWhatItWasAroundTheNewValues)
{
    const TempFolder folder;
    // Unusual on purpose: metadata behind the tensors, spaces, an order of data other than that of the names.
    const std::string header = R"({ "z.bias":{"dtype":"F16","shape":[5],"data_offsets":[96,106]},)"
                               R"("a.weight":{"dtype":"BF16","shape":[6,8],"data_offsets":[0,96]},)"
                               R"("empty":{"dtype":"F32","shape":[0,4],"data_offsets":[106,106]},)"
                               R"("__metadata__":{"format":"pt","other":"ü"}}     )";
    const std::string before = safetensorsBytes(header, noise(106, 1));
    const std::string in = folder.write("in.safetensors", before), out = folder.file("out.safetensors");
    EXPECT_DONE(copyChanged(out, in, {"a.weight", "empty"}, 4));
    std::string expected = before;
    const std::size_t at = 8 + header.size();
    expected.replace(at, 96, changed(before.substr(at, 96)));
    EXPECT_EQ(readFile(out), expected);
    EXPECT_EQ(readFile(in), before);
    EXPECT_EQ(folder.fileCount(), 2U);
}

TEST(WeightsCopy, ATensorThatIsNotWrittenKeepsItsValues)
{
    const TempFolder folder;
    const std::string before =
        safetensorsBytes(R"({"w":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}})", noise(32, 3));
    const std::string in = folder.write("in.safetensors", before);
    const std::vector<TensorInfo> tensors = tensorsOf(in, {"w"});
    for (const std::string out : {"out.safetensors", "out.h5"}) {
        auto copy = WeightsCopy::create(folder.file(out), in, tensors);
        ASSERT_TRUE(copy) << copy.error().line();
        EXPECT_DONE((*copy)->begin());
        EXPECT_DONE((*copy)->commit());
        EXPECT_EQ(valuesOf(folder.file(out)), valuesOf(in));
    }
    EXPECT_EQ(readFile(folder.file("out.safetensors")), before);
}

TEST(WeightsCopy, ContiguousHdf5StaysWhatItWasAroundTheNewValues)
{
    const TempFolder folder;
    const std::string in = folder.file("in.h5"), out = folder.file("out.h5");
    const std::string values = noise(6 * 5 * 4, 1);
    {
        const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
        H5Pset_userblock(creation, 512);
        H5Fclose(H5Fcreate(in.c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT));
        H5Pclose(creation);
    }
    const hid_t file = H5Fopen(in.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hsize_t shape[] = {6, 5};
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    const hid_t dataset = H5Dcreate2(file, "big", H5T_IEEE_F32BE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(dataset, H5T_IEEE_F32BE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    const haddr_t at = H5Dget_offset(dataset);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Fclose(file);
    EXPECT_DONE(copyChanged(out, in, {"big"}));
    const std::string before = readFile(in), after = readFile(out);
    ASSERT_EQ(before.size(), after.size());
    EXPECT_EQ(before.substr(0, at), after.substr(0, at));
    EXPECT_EQ(before.substr(at + values.size()), after.substr(at + values.size()));
    // Each element's bytes lie the other way round in the file.
    std::string little = values;
    for (std::size_t i = 0; i < little.size(); i += 4)
        std::reverse(little.begin() + std::ptrdiff_t(i), little.begin() + std::ptrdiff_t(i + 4));
    little = changed(little);
    for (std::size_t i = 0; i < little.size(); i += 4)
        std::reverse(little.begin() + std::ptrdiff_t(i), little.begin() + std::ptrdiff_t(i + 4));
    EXPECT_EQ(after.substr(at, values.size()), little);
}

/// What the library finds of a dataset: its type, layout and filters, as they are told by a copy of it, and its values.
std::string readBack(const std::string &file, const std::string &path)
{
    const hid_t h5 = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t dataset = H5Dopen2(h5, path.c_str(), H5P_DEFAULT);
    EXPECT_GE(dataset, 0) << path;
    const hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset), creation = H5Dget_create_plist(dataset);
    std::string bytes(std::size_t(H5Sget_simple_extent_npoints(space)) * H5Tget_size(type), '\0');
    EXPECT_GE(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), 0) << path;
    std::string told = std::to_string(H5Pget_layout(creation)) + "," + std::to_string(H5Pget_nfilters(creation)) + "," +
        std::to_string(H5Tget_order(type)) + "," + std::to_string(H5Aget_num_attrs(dataset)) + ":";
    H5Pclose(creation);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(dataset);
    H5Fclose(h5);
    return told + bytes;
}

TEST(WeightsCopy, EveryStorageOfHdf5TakesNewValues)
{
    const TempFolder folder;
    const std::string in = folder.file("in.h5"), out = folder.file("out.h5");
    const std::string values = noise(37 * 20 * 4, 5);
    const auto filtered = [](bool fletcher) {
        const hid_t creation = chunked({8, 16}, true);
        if (fletcher)
            H5Pset_fletcher32(creation);
        return creation;
    };
    const std::vector<std::string> paths = {"compact",       "gzip",   "gzip-big-endian", "nbit",
                                            "never-written", "partly", "plain-chunks",    "szip"};
    {
        const Hdf5Builder builder(in);
        builder.dataset("plain-chunks", H5T_IEEE_F32LE, {37, 20}, values.data(), chunked({8, 16}, false));
        builder.dataset("gzip", H5T_IEEE_F32LE, {37, 20}, values.data(), filtered(true));
        builder.dataset("gzip-big-endian", H5T_IEEE_F32BE, {37, 20}, values.data(), filtered(false));
        builder.dataset("kept", H5T_IEEE_F32LE, {37, 20}, values.data(), filtered(false));
        builder.dataset("kept-contiguous", H5T_IEEE_F32LE, {37, 20}, values.data());
        const hid_t compact = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_layout(compact, H5D_COMPACT);
        builder.dataset("compact", H5T_IEEE_F32LE, {37, 20}, values.data(), compact);
        const hid_t szip = chunked({8, 16}, false), nbit = chunked({37, 1}, false);
        H5Pset_szip(szip, H5_SZIP_NN_OPTION_MASK, 8);
        H5Pset_nbit(nbit);
        builder.dataset("szip", H5T_IEEE_F32LE, {37, 20}, values.data(), szip);
        builder.dataset("nbit", H5T_IEEE_F32LE, {37, 20}, values.data(), nbit);
        builder.text("gzip", "note", "stays");
        builder.text("/", "keras_version", "3.0");
        // One chunk of six is there.
        const hid_t late = H5Pcreate(H5P_DATASET_CREATE);
        const float fill = 2.5F;
        H5Pset_fill_value(late, H5T_NATIVE_FLOAT, &fill);
        builder.dataset("never-written", H5T_IEEE_F32LE, {37, 20}, nullptr, late);
        builder.dataset("partly", H5T_IEEE_F32LE, {37, 20}, nullptr, filtered(false));
        const hid_t partly = H5Dopen2(builder.file(), "partly", H5P_DEFAULT);
        const hsize_t start[] = {8, 0}, count[] = {8, 16};
        const hid_t where = H5Dget_space(partly), memory = H5Screate_simple(2, count, nullptr);
        H5Sselect_hyperslab(where, H5S_SELECT_SET, start, nullptr, count, nullptr);
        EXPECT_GE(H5Dwrite(partly, H5T_IEEE_F32LE, memory, where, H5P_DEFAULT, values.data()), 0);
        H5Sclose(memory);
        H5Sclose(where);
        H5Dclose(partly);
    }
    EXPECT_DONE(copyChanged(out, in, paths, 5));
    EXPECT_EQ(valuesOf(out), withChanged(valuesOf(in), paths));
    for (const std::string &path : paths) {
        const std::string before = readBack(in, path), after = readBack(out, path);
        EXPECT_EQ(before.substr(0, before.find(':')), after.substr(0, after.find(':'))) << path;
        if (path != "gzip-big-endian") {
            EXPECT_EQ(after.substr(after.find(':') + 1), changed(before.substr(before.find(':') + 1))) << path;
        }
    }
    for (const std::string path : {"kept", "kept-contiguous"})
        EXPECT_EQ(readBack(in, path), readBack(out, path)) << path;
    auto source = openWeights(out);
    ASSERT_TRUE(source);
    EXPECT_EQ((*source)->metadata().at("keras_version"), "3.0");
}

/// A Keras archive with these weights. `sizesBehind`: as a program writes it that cannot go back, checksum behind the data.
std::string kerasBytes(const std::string &h5, bool sizesBehind)
{
    ZipPiece facts("metadata.json", R"({"keras_version": "3.5.0"})"), weights("model.weights.h5", h5);
    if (sizesBehind) {
        weights.flags = 8;
        weights.stored +=
            "PK\x07\x08" + littleEndian(weights.crc, 4) + littleEndian(h5.size(), 4) + littleEndian(h5.size(), 4);
    }
    return zipBytes({facts, ZipPiece("config.json", "{}"), weights, ZipPiece("assets/x.txt", "behind the weights")});
}

TEST(WeightsCopy, AKerasArchiveGetsValuesAndChecksums)
{
    const TempFolder folder;
    const std::string h5 = folder.file("model.weights.h5"), values = noise(6 * 5 * 4, 1);
    {
        const Hdf5Builder builder(h5);
        builder.dataset("layers/dense/vars/0", H5T_IEEE_F32LE, {6, 5}, values.data());
        builder.dataset("layers/dense/vars/1", H5T_IEEE_F32LE, {5}, values.data());
        builder.dataset("packed", H5T_IEEE_F32LE, {6, 5}, values.data(), chunked({3, 5}, true));
    }
    const std::string kernel = "layers/dense/vars/0";
    ASSERT_TRUE(copyChanged(folder.file("h5.h5"), h5, {kernel}));
    const std::string expected = readFile(folder.file("h5.h5"));
    ASSERT_NE(expected, readFile(h5));
    for (const bool sizesBehind : {false, true}) {
        const std::string in = folder.write("in.keras", kerasBytes(readFile(h5), sizesBehind));
        const std::string out = folder.file("out.keras"), alone = folder.file("alone.weights.h5");
        EXPECT_DONE(copyChanged(out, in, {kernel}));
        EXPECT_EQ(readFile(out), kerasBytes(expected, sizesBehind));
        EXPECT_EQ(valuesOf(out), withChanged(valuesOf(in), {kernel}));
        // The weights file that is in it, by itself; there compressed tensors can take other room.
        EXPECT_DONE(copyChanged(alone, in, {kernel}));
        EXPECT_EQ(readFile(alone), expected);
        EXPECT_DONE(copyChanged(alone, in, {kernel, "packed"}));
        EXPECT_EQ(valuesOf(alone), withChanged(valuesOf(in), {kernel, "packed"}));
        EXPECT_THAT(errorOf(WeightsCopy::create(out, in, tensorsOf(in, {"packed"})), ErrorKind::Unsupported),
                    testing::AllOf(HasSubstr("in.keras: packed: is stored chunked"), HasSubstr(".weights.h5")));
    }
    ZipPiece weights("model.weights.h5", readFile(h5));
    const std::string in = folder.write("deflated.keras", zipBytes({weights.deflated()}));
    EXPECT_THAT(errorOf(WeightsCopy::create(folder.file("out.keras"), in, tensorsOf(in, {kernel})), ErrorKind::Unsupported),
                HasSubstr("is compressed in its archive"));
    EXPECT_DONE(copyChanged(folder.file("alone.weights.h5"), in, {kernel}));
    EXPECT_EQ(readFile(folder.file("alone.weights.h5")), expected);
    EXPECT_THAT(errorOf(WeightsCopy::create(folder.file("new.keras"), h5, {}), ErrorKind::Usage),
                HasSubstr("read but not written"));
}

TEST(WeightsCopy, AnotherFormatHoldsEverything)
{
    const TempFolder folder;
    const std::string header =
        R"({"__metadata__":{"format":"pt"},"b/bias":{"dtype":"F16","shape":[5],"data_offsets":[96,106]},)"
        R"("a.weight":{"dtype":"BF16","shape":[6,8],"data_offsets":[0,96]},)"
        R"("c":{"dtype":"I32","shape":[],"data_offsets":[106,110]}})";
    const std::string in = folder.write("in.safetensors", safetensorsBytes(header, noise(110, 1)));
    const std::string h5 = folder.file("out.h5"), back = folder.file("back.safetensors");
    EXPECT_DONE(copyChanged(h5, in, {"a.weight", "b/bias"}, 4));
    EXPECT_EQ(valuesOf(h5), withChanged(valuesOf(in), {"a.weight", "b/bias"}));
    EXPECT_DONE(copyChanged(back, h5, {"a.weight"}));
    EXPECT_EQ(valuesOf(back), withChanged(valuesOf(h5), {"a.weight"}));
    EXPECT_THAT(readFile(back), HasSubstr(R"("format":"pt")"));

    const std::string npz = folder.write(
        "in.npz",
        zipBytes(
            {ZipPiece("w.npy", npyBytes("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }\n", noise(24, 4)))}));
    EXPECT_DONE(copyChanged(folder.file("npz.h5"), npz, {"w"}, 2));
    EXPECT_EQ(valuesOf(folder.file("npz.h5")), withChanged(valuesOf(npz), {"w"}));
    EXPECT_THAT(errorOf(WeightsCopy::create(folder.file("out.npz"), npz, {}), ErrorKind::Usage),
                HasSubstr("read but not written"));
}

TEST(WeightsCopy, WhatTheTargetCannotHoldIsToldBeforeTheWork)
{
    const TempFolder folder;
    const std::string in = folder.write("in.safetensors",
                                        safetensorsBytes(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                                                         R"("a/b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
                                                         noise(16, 1)));
    EXPECT_THAT(errorOf(WeightsCopy::create(folder.file("out.h5"), in, {}), ErrorKind::Unsupported), HasSubstr("a/b"));
    EXPECT_THAT(errorOf(WeightsCopy::create(in, in, {}), ErrorKind::Usage), HasSubstr("is the input itself"));
    EXPECT_THAT(errorOf(WeightsCopy::create(folder.file("out.txt"), in, {}), ErrorKind::Usage),
                HasSubstr("names no format"));
    EXPECT_EQ(folder.fileCount(), 1U);
    EXPECT_DONE(copyChanged(folder.file("out.safetensors"), in, {"a/b"}));
}

TEST(WeightsCopy, RowsMustFollowAndBeComplete)
{
    const TempFolder folder;
    const std::string in = folder.write(
        "in.safetensors", safetensorsBytes(R"({"w":{"dtype":"F32","shape":[4,2],"data_offsets":[0,32]}})", noise(32, 1)));
    const std::vector<TensorInfo> tensors = tensorsOf(in, {"w"});
    const std::vector<std::byte> rows(16);
    auto copy = WeightsCopy::create(folder.file("out.safetensors"), in, tensors);
    ASSERT_TRUE(copy) << copy.error().line();
    EXPECT_FALSE((*copy)->write(tensors[0], 0, rows)); // not begun
    EXPECT_DONE((*copy)->begin());
    EXPECT_FALSE((*copy)->write(tensors[0], 1, rows));
    EXPECT_DONE((*copy)->write(tensors[0], 0, rows));
    EXPECT_FALSE((*copy)->write(tensors[0], 2, std::span(rows).first(7)));
    EXPECT_FALSE((*copy)->write(tensors[0], 2, std::vector<std::byte>(24)));
    EXPECT_THAT(errorOf((*copy)->commit(), ErrorKind::Internal), HasSubstr("before all of its rows"));
    copy->reset();
    EXPECT_EQ(folder.fileCount(), 1U);
}

TEST(WeightsCopy, AStopLeavesTheOldFile)
{
    const TempFolder folder;
    const std::string in = folder.write(
        "in.safetensors", safetensorsBytes(R"({"w":{"dtype":"F32","shape":[4,2],"data_offsets":[0,32]}})", noise(32, 1)));
    const std::string out = folder.write("out.h5", "old");
    std::stop_source stop;
    stop.request_stop();
    {
        auto copy = WeightsCopy::create(out, in, {});
        ASSERT_TRUE(copy) << copy.error().line();
        EXPECT_DONE((*copy)->begin());
        errorOf((*copy)->commit({.stop = stop.get_token(), .report = {}}), ErrorKind::Cancelled);
    }
    EXPECT_EQ(readFile(out), "old");
    EXPECT_EQ(folder.fileCount(), 2U);
}

TEST(WeightsCopy, ProgressEndsAtAllBytes)
{
    const TempFolder folder;
    const std::string in = folder.write(
        "in.safetensors", safetensorsBytes(R"({"w":{"dtype":"F32","shape":[4,2],"data_offsets":[0,32]}})", noise(32, 1)));
    auto copy = WeightsCopy::create(folder.file("out.safetensors"), in, {});
    ASSERT_TRUE(copy) << copy.error().line();
    std::int64_t done = 0, total = -1;
    EXPECT_DONE((*copy)->begin({.stop = {}, .report = [&](std::int64_t now, std::int64_t all) {
                                    done = now;
                                    total = all;
                                }}));
    EXPECT_EQ(done, total);
    EXPECT_EQ(total, std::int64_t(readFile(in).size()));
}

} // namespace
} // namespace nms::test
