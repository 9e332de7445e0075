// SPDX-License-Identifier: Apache-2.0
#include "core/io/disk/file_hash.h"

#include "core/base/parallel.h"
#include "core/io/disk/regular_file.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>
#include <xxhash.h>

namespace nms {

Result<FileIdentity> identityOf(const std::string &file, const std::stop_token &stop, int readers)
{
    const auto opened = RegularFile::open(file);
    if (!opened)
        return fail(opened.error());
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> hash(XXH3_createState(), XXH3_freeState);
    if (!hash || XXH3_128bits_reset(hash.get()) != XXH_OK)
        return fail(ErrorKind::Resource, file, "there is not enough memory for its checksum");
    // A block stays in the second-level cache until it is summed. To copy it takes twice as long as to sum it: where there
    // are many processors, several of them copy.
    constexpr std::int64_t blockBytes = std::int64_t(256) << 10, blocksTogether = 16;
    constexpr int mostReaders = 4;
    if (readers == 0)
        readers = std::clamp(hardwareThreads() / 4, 1, mostReaders);
    std::vector<std::byte> blocks(std::size_t((readers > 1 ? blocksTogether : 1) * blockBytes));
    std::vector<Status> reads(blocks.size() / std::size_t(blockBytes), Status());
    for (std::int64_t done = 0; done < opened->size();) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, file, "its checksum was not finished: cancelled");
        const std::int64_t count = std::min(std::int64_t(blocks.size()), opened->size() - done);
        const auto together = std::span(blocks).first(std::size_t(count));
        parallelBlocks(count, blockBytes, readers, {}, [&](std::int64_t begin, std::int64_t end) {
            reads[std::size_t(begin / blockBytes)] =
                opened->readAt(done + begin, together.subspan(std::size_t(begin), std::size_t(end - begin)));
        });
        for (const Status &read : reads)
            if (!read)
                return fail(read.error());
        XXH3_128bits_update(hash.get(), together.data(), together.size()); // fails for null alone
        done += count;
    }
    const XXH128_hash_t sum = XXH3_128bits_digest(hash.get());
    std::array<char, 33> digits = {};
    std::snprintf(digits.data(), digits.size(), "%016llx%016llx", static_cast<unsigned long long>(sum.high64),
                  static_cast<unsigned long long>(sum.low64));
    return FileIdentity{std::filesystem::path(file).filename().string(), opened->size(), digits.data()};
}

} // namespace nms
