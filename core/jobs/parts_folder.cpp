// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/parts_folder.h"

#include "core/io/disk/atomic_file.h"
#include "core/io/disk/file_hash.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace nms::jobs {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

Json stateOfFile(const fs::path &file)
{
    std::error_code ignored;
    return {{"bytes", fs::file_size(file, ignored)},
            {"written", fs::last_write_time(file, ignored).time_since_epoch().count()}};
}

Json readJson(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);
    return in ? Json::parse(in, nullptr, false) : Json();
}

std::string textOf(const Json &json)
{
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

} // namespace

Json stateOf(const std::string &fileOrFolder)
{
    std::error_code ignored;
    Json state{{"path", fs::absolute(fileOrFolder, ignored).string()}};
    if (!fs::is_directory(fileOrFolder, ignored)) {
        state.update(stateOfFile(fileOrFolder));
        return state;
    }
    Json files = Json::object(); // sorted by name
    for (const auto &entry : fs::directory_iterator(fileOrFolder, ignored))
        if (entry.is_regular_file(ignored))
            files[entry.path().filename().string()] = stateOfFile(entry.path());
    state["files"] = std::move(files);
    return state;
}

Status writeWhole(const std::string &path, std::span<const std::byte> first, std::span<const std::byte> second)
{
    auto file = AtomicFile::create(path);
    if (!file)
        return fail(file.error());
    for (const std::span<const std::byte> part : {first, second})
        if (const Status written = file->append(part); !written)
            return written;
    return file->commit();
}

std::vector<std::byte> bytesOfMask(const Mask &mask)
{
    std::vector<std::byte> bytes;
    bytes.reserve(std::size_t(maskByteCount(mask.rows(), mask.cols())));
    for (std::int64_t row = 0; row < mask.rows(); ++row) {
        const auto words = std::as_bytes(mask.row64(row));
        bytes.insert(bytes.end(), words.begin(), words.end());
    }
    return bytes;
}

std::int64_t maskByteCount(std::int64_t rows, std::int64_t cols)
{
    return rows * ((cols + 63) / 64) * std::int64_t(sizeof(std::uint64_t));
}

Result<PartsFolder> PartsFolder::open(const std::string &out, const Json &job)
{
    std::string target = out;
    while (target.size() > 1 && target.back() == '/')
        target.pop_back();
    PartsFolder folder(target + ".parts");
    std::error_code error;
    fs::create_directories(folder.m_folder, error);
    if (error)
        return fail(ErrorKind::Io, folder.m_folder, "cannot be made: " + error.message(), "choose another --output");
    const std::string jobFile = folder.m_folder + "/job.json";
    if (const Json before = readJson(jobFile); before.is_object()) {
        if (before == job)
            return folder;
        std::string differs;
        for (const auto &[key, value] : job.items())
            if (!before.contains(key) || before.at(key) != value)
                differs += (differs.empty() ? "" : ", ") + key;
        return fail(ErrorKind::Usage, folder.m_folder, "holds tensors of another job (" + differs + " differ)",
                    "use the same settings as that run, or remove the folder");
    }
    const std::string text = textOf(job);
    if (const Status written = writeWhole(jobFile, std::as_bytes(std::span(text))); !written)
        return fail(written.error());
    return folder;
}

std::string PartsFolder::fileOf(const TensorInfo &tensor, std::int64_t row0, std::string_view ending) const
{
    std::uint64_t hash = 14695981039346656037U; // FNV-1a: tensor names may contain characters that file names may not
    for (const char c : tensor.path)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    std::array<char, 24> name{};
    std::snprintf(name.data(), name.size(), "/%016llx", static_cast<unsigned long long>(hash));
    return m_folder + name.data() + (row0 > 0 ? "-" + std::to_string(row0) : "") + std::string(ending);
}

std::string PartsFolder::dataFileOf(const TensorInfo &tensor, std::int64_t row0) const
{
    return fileOf(tensor, row0, ".bin");
}

std::optional<Json> PartsFolder::find(const TensorInfo &tensor, std::int64_t bytes, std::int64_t row0) const
{
    Json header = readJson(fileOf(tensor, row0, ".json"));
    if (!header.is_object() || header.value("path", Json()) != tensor.path || header.value("row0", Json()) != row0)
        return std::nullopt;
    const auto identity = identityOf(dataFileOf(tensor, row0));
    if (!identity || identity->bytes != bytes || header.value("xxh128", Json()) != identity->xxh128)
        return std::nullopt;
    return header;
}

Status PartsFolder::finish(const TensorInfo &tensor, Json header, std::int64_t row0) const
{
    const auto identity = identityOf(dataFileOf(tensor, row0));
    if (!identity)
        return fail(identity.error());
    header["path"] = tensor.path;
    header["row0"] = row0;
    header["xxh128"] = identity->xxh128;
    const std::string text = textOf(header);
    return writeWhole(fileOf(tensor, row0, ".json"), std::as_bytes(std::span(text)));
}

void PartsFolder::remove() const
{
    std::error_code ignored;
    for (const auto &entry : fs::directory_iterator(m_folder, ignored)) {
        const std::string ending = entry.path().extension().string();
        if (ending == ".json" || ending == ".bin")
            fs::remove(entry.path(), ignored);
    }
    fs::remove(m_folder, ignored);
}

} // namespace nms::jobs
