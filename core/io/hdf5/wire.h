// SPDX-License-Identifier: Apache-2.0
// What the helper process tells of a file, as bytes. Private to core/io.
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

/// The inverse. The helper may have been driven mad by the file: nothing is believed that does not add up (lengths, types,
/// shapes, places in a file of `fileBytes`), and then nothing is returned. Throws std::bad_alloc.
std::optional<Hdf5Listing> listingFromWire(std::span<const std::byte> bytes, std::int64_t fileBytes);
std::optional<Attributes> attributesFromWire(std::span<const std::byte> bytes);

/// In front of each chunk that the helper passes.
struct StoredChunkHead {
    std::int64_t bytes;
    std::int64_t skippedFilters; // bit i: filter i was not applied
};

} // namespace nms
