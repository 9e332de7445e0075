// SPDX-License-Identifier: Apache-2.0
// What the helper process for HDF5 says, should a file have driven it mad: what is accepted adds up.
#include "core/io/hdf5/wire.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>

namespace {

constexpr std::int64_t fileBytes = 4096;

void check(const nms::TensorInfo &tensor, const nms::Hdf5Record &record)
{
    if (!tensor.unreadable.empty())
        return;
    const std::int64_t elementBytes = nms::bytesOf(tensor.dtype);
    if (elementBytes == 0 || tensor.elements() * elementBytes > nms::largestTensor)
        std::abort();
    if (record.reading == nms::Hdf5Reading::Contiguous &&
        (record.offset < 0 || record.offset + tensor.elements() * elementBytes > fileBytes))
        std::abort();
    if (record.reading == nms::Hdf5Reading::Fill && std::int64_t(record.fill.size()) != elementBytes)
        std::abort();
    if (record.reading == nms::Hdf5Reading::Chunks &&
        (record.chunk.size() != tensor.shape.size() || record.chunkBytes <= 0 ||
         std::int64_t(record.fill.size()) != elementBytes))
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::span bytes(reinterpret_cast<const std::byte *>(data), size);
    if (const auto listing = nms::listingFromWire(bytes, fileBytes)) {
        ++nms::fuzz::accepted;
        if (listing->tensors.size() != listing->records.size())
            std::abort();
        for (std::size_t i = 0; i < listing->tensors.size(); ++i)
            check(listing->tensors[i], listing->records[i]);
        const std::string again = nms::toWire(*listing);
        if (!nms::listingFromWire(std::as_bytes(std::span(again)), fileBytes))
            std::abort();
    }
    if (const auto attributes = nms::attributesFromWire(bytes)) {
        ++nms::fuzz::accepted;
        const std::string again = nms::toWire(*attributes);
        if (!nms::attributesFromWire(std::as_bytes(std::span(again))))
            std::abort();
    }
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    Hdf5Listing listing;
    const auto add = [&](const char *path, std::vector<std::int64_t> shape, DType dtype) -> Hdf5Record & {
        TensorInfo tensor;
        tensor.path = path;
        tensor.shape = std::move(shape);
        tensor.dtype = dtype;
        tensor.storedType = "H5T_IEEE_F32LE";
        listing.tensors.push_back(std::move(tensor));
        return listing.records.emplace_back();
    };
    Hdf5Record &contiguous = add("g/w", {8, 16}, DType::F32);
    contiguous.reading = Hdf5Reading::Contiguous;
    contiguous.offset = 1024;
    Hdf5Record &chunks = add("g/v", {8, 16, 3}, DType::F16);
    chunks.reading = Hdf5Reading::Chunks;
    chunks.chunk = {4, 4, 2};
    chunks.filters = {{ChunkFilter::Kind::Shuffle, 2}, {ChunkFilter::Kind::Deflate, 1}, {ChunkFilter::Kind::Fletcher32, 1}};
    chunks.fill.resize(2);
    Hdf5Record &fill = add("layers/dense/vars/0", {6, 4}, DType::F64);
    fill.reading = Hdf5Reading::Fill;
    fill.fill.resize(8);
    listing.tensors.back().layer = "head";
    listing.tensors.back().note = "was never written";
    Hdf5Record &lzf = add("g/l", {8, 16}, DType::F16);
    lzf.reading = Hdf5Reading::Chunks;
    lzf.chunk = {4, 4};
    lzf.filters = {{ChunkFilter::Kind::Shuffle, 2}, {ChunkFilter::Kind::Lzf, 1}};
    lzf.fill.resize(2);
    Hdf5Record &helper = add("alias", {5}, DType::U8);
    helper.openPath = "g/u";
    helper.bigEndian = true;
    add("text", {3}, DType::Other);
    listing.tensors.back().unreadable = "has elements of another type";
    listing.skipped = {{"link", "is a link"}};
    listing.metadata = {{"format", "pt"}};
    const Attributes attributes = {{"n", std::int64_t(2)},
                                   {"tau", 1.5},
                                   {"format", std::string("packed")},
                                   {"transposable", true},
                                   {"shape", std::vector<std::int64_t>{2, 3}}};
    return {toWire(listing), toWire(attributes)};
}

} // namespace nms::fuzz
