// SPDX-License-Identifier: Apache-2.0
#include "core/io/mask_facts.h"

namespace nms {

std::string_view nameOf(MaskFormat format)
{
    switch (format) {
    case MaskFormat::Bytes:
        return "bytes";
    case MaskFormat::Packed:
        return "packed";
    case MaskFormat::FlatBits:
        return "bits";
    case MaskFormat::Applied:
        break;
    }
    return "applied";
}

} // namespace nms
