// SPDX-License-Identifier: Apache-2.0
#include "core/io/disk/file_hash.h"

#include "core/io/disk/regular_file.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <openssl/evp.h>
#include <vector>

namespace nms {

Result<FileIdentity> identityOf(const std::string &file, const std::stop_token &stop)
{
    const auto opened = RegularFile::open(file);
    if (!opened)
        return fail(opened.error());
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    bool fine = hash && EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) == 1;
    std::vector<std::byte> block(std::size_t(1) << 20);
    for (std::int64_t done = 0; fine && done < opened->size();) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, file, "its checksum was not finished: cancelled");
        const std::int64_t count = std::min<std::int64_t>(std::int64_t(block.size()), opened->size() - done);
        if (const Status read = opened->readAt(done, std::span(block).first(std::size_t(count))); !read)
            return fail(read.error());
        fine = EVP_DigestUpdate(hash.get(), block.data(), std::size_t(count)) == 1;
        done += count;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
    unsigned bytes = 0;
    fine = fine && EVP_DigestFinal_ex(hash.get(), digest.data(), &bytes) == 1;
    if (!fine)
        return fail(ErrorKind::Internal, file, "its checksum cannot be computed");
    FileIdentity identity{std::filesystem::path(file).filename().string(), opened->size(), {}};
    constexpr std::string_view digits = "0123456789abcdef";
    for (unsigned i = 0; i < bytes; ++i) {
        identity.sha256 += digits[digest[i] >> 4];
        identity.sha256 += digits[digest[i] & 15U];
    }
    return identity;
}

} // namespace nms
