// SPDX-License-Identifier: Apache-2.0
// safetensors: the header's parser, and what it accepts must be consistent.
#include "core/io/safetensors/header.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    constexpr std::int64_t dataBytes = 96;
    const std::string_view json(reinterpret_cast<const char *>(data), size);
    const auto header = nms::parseSafetensorsHeader(json, dataBytes, "fuzz");
    if (!header) {
        if (header.error().line().empty())
            std::abort();
        return 0;
    }
    ++nms::fuzz::accepted;
    std::int64_t position = nms::safetensorsPrefixBytes + std::int64_t(size);
    for (std::size_t i = 0; i < header->tensors.size(); ++i) {
        const nms::TensorInfo &tensor = header->tensors[i];
        if (header->offsets[i] < position || (header->offsets[i] > position && header->skipped.empty()))
            std::abort();
        position = i + 1 < header->offsets.size() && header->skipped.empty() ? header->offsets[i + 1] : header->offsets[i];
        if (tensor.dtype != nms::DType::Other && tensor.elements() * nms::bytesOf(tensor.dtype) > dataBytes)
            std::abort();
    }
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    return {
        (R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]},)"
         R"("b.c":{"dtype":"F16","shape":[32],"data_offsets":[32,96]}}   )"),
        R"({"x":{"dtype":"BF16","shape":[2,3,8],"data_offsets":[0,96]},"e":{"dtype":"I64","shape":[0],"data_offsets":[96,96]}})",
        R"({"q":{"dtype":"F8_E4M3","shape":[96],"data_offsets":[0,96]}})",
        (R"({"__metadata__":null,"":{"x":{"y":[1,-2.5,null,true,"z"]},"dtype":"F4","shape":[4,8],"data_offsets":[0,16]},)"
         R"("a\u0007":{"dtype":"F6_E2M3","shape":[64],"data_offsets":[16,64]},)"
         R"("c":{"dtype":"C64","shape":[4],"data_offsets":[64,96],"last":{}}})"),
        "{}"};
}

} // namespace nms::fuzz
