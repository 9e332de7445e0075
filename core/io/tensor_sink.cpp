// SPDX-License-Identifier: Apache-2.0
#include "core/io/tensor_sink.h"

#include "core/base/checked.h"

#include <algorithm>
#include <filesystem>

namespace nms {

Result<std::unique_ptr<TensorSink>> TensorSink::create(const std::string &target, const std::string &input)
{
    std::string ending = std::filesystem::path(target).extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    const bool isSafetensors = ending == ".safetensors";
    if (!isSafetensors && ending != ".h5" && ending != ".hdf5" && ending != ".hdf")
        return fail(ErrorKind::Usage, target, "has an ending that names no format", "call it .h5 or .safetensors");
    auto file = AtomicFile::create(target, input);
    if (!file)
        return fail(file.error());
    return isSafetensors ? createSafetensorsSink(*std::move(file)) : createHdf5Sink(*std::move(file));
}

std::int64_t TensorSink::rawBytes(const TensorInfo &tensor)
{
    std::vector<std::int64_t> factors = tensor.shape;
    factors.push_back(bytesOf(tensor.dtype));
    return saturatingProduct(factors);
}

} // namespace nms
