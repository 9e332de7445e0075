// SPDX-License-Identifier: Apache-2.0
#include "core/io/file_kind.h"

#include "core/base/number_text.h"
#include "core/io/safetensors/header.h"

#include <algorithm>
#include <charconv>

namespace nms {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view saveSafetensors = "load it where it was made and save its tensors with safetensors' save_file";

struct Magic {
    std::size_t offset;
    std::string_view bytes;
    std::string_view what;
    std::string_view remedy;
};

constexpr Magic magics[] = {
    {0, "\x1f\x8b"sv, "is compressed by gzip", "unpack it first: gunzip"},
    {0, "\x28\xb5\x2f\xfd"sv, "is compressed by zstd", "unpack it first: unzstd"},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     "is compressed by xz", "unpack it first: unxz"},
    {0, "BZh"sv, "is compressed by bzip2", "unpack it first: bunzip2"},
    {0, "\x04\x22\x4d\x18"sv, "is compressed by lz4", "unpack it first: unlz4"},
    {0, "7z\xbc\xaf\x27\x1c"sv, "is a 7z archive", "unpack it first: 7z x"},
    {257, "ustar"sv, "is a tar archive", "unpack it first: tar -xf"},
    {0, "GGUF"sv, "is a GGUF model of llama.cpp", "take the model's .safetensors files, from which GGUF files are made"},
    {4, "TFL3"sv, "is a TFLite model", "take the Keras or TensorFlow model that it was made from, saved as .h5 or .keras"},
    {0, "MATLAB 5.0 MAT-file"sv, "is a MATLAB file of version 7 or older", "save it with MATLAB's save(..., '-v7.3')"},
    {0, "CDF\x01"sv, "is a NetCDF 3 file", "make it NetCDF 4, which is HDF5: nccopy -k nc4"},
    {0, "CDF\x02"sv, "is a NetCDF 3 file", "make it NetCDF 4, which is HDF5: nccopy -k nc4"},
    {0, "\x89PNG"sv, "is a picture", {}},
};

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// The beginning of the text in lower case, without a byte order mark and leading white space.
std::string beginningOfText(std::string_view head)
{
    if (head.starts_with("\xef\xbb\xbf"))
        head.remove_prefix(3);
    head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
    std::string text(head.substr(0, 64));
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return text;
}

FileKind pageOf(std::string_view head)
{
    const std::string text = beginningOfText(head);
    if (text.starts_with("<!doctype html") || text.starts_with("<html") || text.starts_with("<head"))
        return {"is an HTML page, not a weights file: a download that ended at a log-in or at the page about the file?",
                "download the file itself (at huggingface.co the address with /resolve/, not /blob/)"};
    if (text.starts_with("<?xml") || text.starts_with("<error"))
        return {"is an XML text, no weights: a server's answer that it has no such file?", "download the file itself"};
    return {};
}

FileKind pointerOf(std::string_view head)
{
    if (!head.starts_with("version https://git-lfs"))
        return {};
    std::string what = "is a Git LFS pointer, which stands for a file that is not here";
    if (const std::size_t at = head.find("\nsize "); at != std::string_view::npos) {
        std::int64_t bytes = 0;
        const char *const begin = head.data() + at + 6;
        if (std::from_chars(begin, head.data() + head.size(), bytes).ec == std::errc() && bytes > 0)
            what = "is a Git LFS pointer, which stands for a file of " + formatBytes(double(bytes)) + " that is not here";
    }
    return {std::move(what), "run git lfs pull in its folder"};
}

FileKind archiveOf(std::string_view head, std::span<const std::string> members)
{
    if (!head.starts_with("PK\x03\x04"))
        return {};
    const auto has = [&](std::string_view name) {
        return std::any_of(members.begin(), members.end(), [&](const std::string &member) {
            return member == name || member.ends_with("/" + std::string(name));
        });
    };
    if (has("constants.pkl"))
        return {"is a TorchScript archive, whose weights are pickled",
                "load it with torch.jit.load and save its state_dict with safetensors.torch.save_file"};
    if (has("data.pkl"))
        return {"is a PyTorch checkpoint, which is a pickle: it can run any program and so is never loaded",
                "load it with torch.load(..., weights_only=True) and save it with safetensors.torch.save_file"};
    return {"is a zip archive without weights that are read (a PyTorch checkpoint?)",
            "unpack it, or for a PyTorch checkpoint use safetensors.torch.save_file"};
}

FileKind pickleOf(std::string_view head)
{
    if (head.size() < 2 || head[0] != '\x80' || head[1] < 2 || head[1] > 5)
        return {};
    constexpr std::string_view torchMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv;
    if (head.substr(2).starts_with(torchMagic))
        return {"is a PyTorch checkpoint of the old kind, which is a pickle: it can run any program and so is never loaded",
                "load it with torch.load(..., weights_only=True) and save it with safetensors.torch.save_file"};
    return {"is a Python pickle: it can run any program and so is never loaded", std::string(saveSafetensors)};
}

/// Protocol buffers have no magic number. ONNX: a small version, then a field with the name of the program that wrote it;
/// SavedModel: version 1, then the graph.
FileKind protobufOf(std::string_view head)
{
    if (head.size() < 5 || head[0] != '\x08')
        return {};
    const auto nameFollows = [&] {
        const auto bytes = std::size_t(static_cast<unsigned char>(head[3]));
        const std::string_view name = head.substr(4, bytes);
        return bytes > 0 && name.size() == bytes && isLetter(name[0]);
    };
    if (head[1] >= 3 && head[1] <= 16 && head[2] == '\x12' && nameFollows())
        return {"is an ONNX model", "export its weights as arrays: onnx.numpy_helper.to_array, then numpy.savez"};
    if (head[1] == 1 && head[2] == '\x12')
        return {"is a TensorFlow SavedModel's graph", "save the model with model.save_weights(\"w.weights.h5\")"};
    return {};
}

/// Recognised as a small map whose first key is a word.
FileKind messagePackOf(std::string_view head)
{
    if (head.size() < 3)
        return {};
    const auto byteAt = [&](std::size_t i) {
        return static_cast<unsigned char>(head[i]);
    };
    const std::size_t key = byteAt(0) == 0xde ? 3 : 1;
    const bool isMap = (byteAt(0) > 0x80 && byteAt(0) <= 0x8f) || byteAt(0) == 0xde;
    if (!isMap || head.size() < key + 2 || byteAt(key) <= 0xa0 || byteAt(key) > 0xbf)
        return {};
    const std::string_view name = head.substr(key + 1, byteAt(key) - 0xa0U);
    if (name.size() != byteAt(key) - 0xa0U || !std::all_of(name.begin(), name.end(), isLetter))
        return {};
    return {"is MessagePack, as Flax saves its parameters",
            "load it with flax.serialization.msgpack_restore and save it with safetensors.flax.save_file"};
}

/// A file that would be safetensors except that its header is longer than the format allows.
FileKind oversizedHeader(std::string_view head)
{
    const auto claimed = safetensorsHeaderBytes(head);
    if (!claimed)
        return {};
    return {"is no valid safetensors file: its header claims " + std::to_string(*claimed) +
                " bytes; the format's limit is " + std::to_string(safetensorsHeaderLimit),
            "get the file again"};
}

} // namespace

FileKind guessFileKind(std::string_view head, std::span<const std::string> zipMembers)
{
    for (const Magic &magic : magics)
        if (head.size() >= magic.offset && head.substr(magic.offset).starts_with(magic.bytes))
            return {std::string(magic.what), std::string(magic.remedy)};
    for (FileKind kind : {pageOf(head), pointerOf(head), archiveOf(head, zipMembers), pickleOf(head), protobufOf(head),
                          messagePackOf(head), oversizedHeader(head)})
        if (!kind.what.empty())
            return kind;
    return {};
}

} // namespace nms
