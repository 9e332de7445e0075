// SPDX-License-Identifier: Apache-2.0
#include "core/io/zip/keras_archive.h"

#include "core/io/disk/file_room.h"
#include "core/io/disk/temporary_file.h"
#include "core/io/disk/text.h"
#include "core/io/hdf5/file.h"
#include "core/io/weights_format.h"
#include "core/io/zip/member.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace nms {

namespace {

constexpr std::string_view factsName = "metadata.json"; // Keras writes it first: versions and a date

const ZipMember *findMember(const std::vector<ZipMember> &members, std::string_view name)
{
    const auto found =
        std::find_if(members.begin(), members.end(), [&](const ZipMember &member) { return member.name == name; });
    return found == members.end() ? nullptr : &*found;
}

Result<ZipMember> weightsOf(const std::vector<ZipMember> &members, const RegularFile &file)
{
    if (const ZipMember *found = findMember(members, kerasWeightsName))
        return *found;
    return fail(ErrorKind::Input, file.path(), "has no member " + std::string(kerasWeightsName),
                "save the model again with Keras 3: model.save(\"NAME.keras\")");
}

/// The name of the archive's first member; empty if the archive is truncated.
std::string firstName(std::string_view head, const RegularFile &file)
{
    constexpr std::size_t lengthAt = 26, nameAt = 30;
    if (!head.starts_with(zipMemberMagic) || head.size() < nameAt)
        return {};
    const std::size_t bytes =
        static_cast<unsigned char>(head[lengthAt]) + 256U * static_cast<unsigned char>(head[lengthAt + 1]);
    std::string name(bytes, '\0');
    return file.readAt(nameAt, std::as_writable_bytes(std::span(name))) ? name : std::string();
}

/// Decides by the directory. If it is missing (a truncated archive), by the member that Keras writes first.
Result<bool> holdsKerasWeights(std::string_view head, const RegularFile &file)
{
    if (!head.starts_with(zipMemberMagic))
        return false;
    const std::string first = firstName(head, file);
    if (first.ends_with(".npy")) // without reading the directory, which may be long
        return false;
    const auto members = readZipDirectory(file);
    return members ? findMember(*members, kerasWeightsName) != nullptr : first == factsName;
}

/// Unpacks a deflated member to a file without a name, which vanishes when it is closed.
Result<RegularFile> unpack(const RegularFile &file, const ZipMember &member, const std::stop_token &stop)
{
    const std::string where = file.path() + ": " + member.name;
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
    const auto refused = [&](const Error &reason) {
        return fail(reason.kind, where,
                    "is compressed in its archive, and cannot be unpacked into " +
                        (error ? "a folder for temporary files" : folder.string()) + ": " + reason.what,
                    "set TMPDIR to a folder with room, or save the model again with Keras, which does not compress it");
    };
    if (error)
        return refused({ErrorKind::Io, {}, error.message(), {}});
    auto unpacked = TemporaryFile::create((folder / "nmscope-model.weights.h5").string(), 0600);
    if (!unpacked)
        return refused(unpacked.error());
    unpacked->dropName();
    if (Status room = requireRoom(where, unpacked->descriptor(), member.bytes, member.bytes); !room)
        return refused(room.error());
    ZipMemberReader reader(file, member, where, stop); // compares the checksum at the end
    std::vector<std::byte> piece(std::size_t(std::min<std::int64_t>(member.bytes, 1 << 20)));
    for (std::int64_t done = 0; done < member.bytes; done += std::int64_t(piece.size())) {
        piece.resize(std::size_t(std::min(std::int64_t(piece.size()), member.bytes - done)));
        if (Status read = reader.readAt(done, piece); !read)
            return fail(read.error());
        for (std::size_t written = 0; written < piece.size();) {
            const ssize_t more = ::pwrite(unpacked->descriptor(), piece.data() + written, piece.size() - written,
                                          off_t(done + std::int64_t(written)));
            if (more < 0 && errno != EINTR)
                return refused({ErrorKind::Io, {}, systemText(errno), {}});
            written += std::size_t(std::max<ssize_t>(0, more));
        }
    }
    const int descriptor = ::fcntl(unpacked->descriptor(), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0)
        return refused({ErrorKind::Resource, {}, systemText(errno), {}});
    return RegularFile::ofDescriptor(file.path(), descriptor);
}

/// The strings keras_version and date_saved of metadata.json; none if it cannot be read.
std::map<std::string, std::string> readFacts(const RegularFile &file, const std::vector<ZipMember> &members,
                                             const std::stop_token &stop)
{
    constexpr std::int64_t longest = 1 << 16;
    std::map<std::string, std::string> texts;
    const ZipMember *member = findMember(members, factsName);
    if (!member || !member->unreadable.empty() || member->bytes > longest)
        return texts;
    std::string text(std::size_t(member->bytes), '\0');
    ZipMemberReader reader(file, *member, file.path(), stop);
    if (!reader.readAt(0, std::as_writable_bytes(std::span(text))))
        return texts;
    const auto facts = nlohmann::json::parse(text, nullptr, false);
    for (const char *name : {"keras_version", "date_saved"})
        if (facts.is_object() && facts.contains(name) && facts[name].is_string())
            if (auto value = facts[name].get<std::string>(); isPlainText(value))
                texts.emplace(name, std::move(value));
    return texts;
}

Result<std::unique_ptr<FileSource>> openKeras(RegularFile file, const std::stop_token &stop)
{
    const auto members = readZipDirectory(file);
    if (!members)
        return fail(members.error());
    const auto weights = weightsOf(*members, file);
    if (!weights)
        return fail(weights.error());
    if (!weights->unreadable.empty())
        return fail(ErrorKind::Unsupported, file.path() + ": " + weights->name, weights->unreadable,
                    "save the model again with Keras, which neither encrypts nor compresses it");
    const auto facts = readFacts(file, *members, stop);
    auto inner = weights->deflated ? unpack(file, *weights, stop) : std::move(file).window(weights->offset, weights->bytes);
    if (!inner)
        return fail(inner.error());
    auto source = Hdf5File::open(*std::move(inner), kerasFormat.name, stop);
    if (!source)
        return fail(source.error());
    for (const auto &[name, value] : facts)
        (*source)->addMetadata(name, value);
    return std::unique_ptr<FileSource>(*std::move(source));
}

constexpr std::string_view endings[] = {".keras"};

} // namespace

constinit const WeightsFormat kerasFormat{"Keras", endings, holdsKerasWeights, openKeras, nullptr};

Result<ZipMember> findKerasWeights(const RegularFile &file)
{
    const auto members = readZipDirectory(file);
    if (!members)
        return fail(members.error());
    return weightsOf(*members, file);
}

} // namespace nms
