// SPDX-License-Identifier: Apache-2.0
// A weights file in safetensors' format. Private to core/io: others open it through weights_file.h.
#pragma once

#include "core/io/disk/regular_file.h"
#include "core/io/file_source.h"
#include "core/io/weights_format.h"

namespace nms {

class SafetensorsFile final : public FileSource
{
public:
    static Result<std::unique_ptr<SafetensorsFile>> open(RegularFile file);

    std::string_view format() const override { return safetensorsFormat.name; }
    Result<Attributes> attributes(const TensorInfo &tensor) override;
    Result<std::unique_ptr<FilePatch>> makePatch(std::span<const TensorInfo> replaced, const AtomicFile &copy,
                                                 const std::stop_token &stop) override;

    /// Elements of a tensor in the file's order, from number `first` on, which lie in the tensor. Any thread.
    Status readElementsOf(const TensorInfo &tensor, std::int64_t first, std::span<std::byte> out);

protected:
    Status readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) override;
    bool readsElements(std::size_t) const override { return true; }
    bool readsElementsInParallel() const override { return true; }
    Status readElements(std::size_t index, std::int64_t first, std::span<std::byte> out) override;
    std::int64_t rowsTogether(std::size_t) const override { return 1; }

private:
    explicit SafetensorsFile(RegularFile file) : FileSource(file.path()), m_file(std::move(file)) { }

    RegularFile m_file;
    std::vector<std::int64_t> m_offsets; // of each tensor's data in the file
};

/// Attributes as the text of a JSON object, and back. Text that is not a flat object has no attributes; values of other
/// types are left out.
std::string attributesToJson(const Attributes &attributes);
Attributes attributesFromJson(const std::string &text);

} // namespace nms
