// SPDX-License-Identifier: Apache-2.0
// The helper process's answers as bytes. Private to core/io.
#pragma once

#include "core/io/attributes.h"
#include "core/io/hdf5/listing.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace nms {

std::string toWire(const Hdf5Listing &listing);
std::string toWire(const Attributes &attributes);

/// The inverse. The file may have corrupted the helper, so everything is checked (lengths, types, shapes, offsets in a file
/// of `fileBytes` bytes); nullopt if anything is inconsistent. Throws std::bad_alloc.
std::optional<Hdf5Listing> listingFromWire(std::span<const std::byte> bytes, std::int64_t fileBytes);
std::optional<Attributes> attributesFromWire(std::span<const std::byte> bytes);

/// Precedes each chunk that the helper returns.
struct StoredChunkHead {
    std::int64_t bytes;
    std::int64_t skippedFilters; // bit i: filter i was not applied
};

} // namespace nms
