// SPDX-License-Identifier: Apache-2.0
#include "core/io/disk/file_hash.h"

#include "core/io/disk/regular_file.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>
#include <xxhash.h>

namespace nms {

Result<FileIdentity> identityOf(const std::string &file, const std::stop_token &stop)
{
    const auto opened = RegularFile::open(file);
    if (!opened)
        return fail(opened.error());
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> hash(XXH3_createState(), XXH3_freeState);
    if (!hash || XXH3_128bits_reset(hash.get()) != XXH_OK)
        return fail(ErrorKind::Resource, file, "there is not enough memory for its checksum");
    std::vector<std::byte> block(std::size_t(256) << 10); // stays in the second-level cache until it is summed
    for (std::int64_t done = 0; done < opened->size();) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, file, "its checksum was not finished: cancelled");
        const std::int64_t count = std::min<std::int64_t>(std::int64_t(block.size()), opened->size() - done);
        if (const Status read = opened->readAt(done, std::span(block).first(std::size_t(count))); !read)
            return fail(read.error());
        XXH3_128bits_update(hash.get(), block.data(), std::size_t(count)); // fails for null alone
        done += count;
    }
    const XXH128_hash_t sum = XXH3_128bits_digest(hash.get());
    std::array<char, 33> digits = {};
    std::snprintf(digits.data(), digits.size(), "%016llx%016llx", static_cast<unsigned long long>(sum.high64),
                  static_cast<unsigned long long>(sum.low64));
    return FileIdentity{std::filesystem::path(file).filename().string(), opened->size(), digits.data()};
}

} // namespace nms
