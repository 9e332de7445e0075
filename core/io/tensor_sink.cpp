// SPDX-License-Identifier: Apache-2.0
#include "core/io/tensor_sink.h"

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

} // namespace nms
