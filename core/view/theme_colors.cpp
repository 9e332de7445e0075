// SPDX-License-Identifier: Apache-2.0
#include "core/view/theme_colors.h"

#include <algorithm>
#include <array>

namespace nms {

Rgba8 methodColor(std::string_view method)
{
    struct Named {
        std::string_view method;
        Rgba8 color;
    };
    static constexpr Rgba8 blue{0x00, 0x72, 0xb2}, vermilion{0xd5, 0x5e, 0x00};
    static constexpr std::array<Named, 13> all{{{"exact", blue},
                                                {"lemon", blue},
                                                {"dykstra", vermilion},
                                                {"reference", vermilion},
                                                {"torch", vermilion},
                                                {"capped", {0x00, 0x9e, 0x73}},
                                                {"greedy", {0x56, 0xb4, 0xe9}},
                                                {"greedy+swap", {0xe6, 0x9f, 0x00}},
                                                {"cycle-swap", {0x8c, 0x56, 0x4b}},
                                                {"max1000", {0xcc, 0x79, 0xa7}},
                                                {"row-nm", {0xf0, 0xe4, 0x42}},
                                                {"col-nm", {0xb8, 0xad, 0x2a}},
                                                {"unstructured", {0x9a, 0xa2, 0xb0}}}};
    const auto *found = std::find_if(all.begin(), all.end(), [&](const Named &one) { return one.method == method; });
    return found == all.end() ? Rgba8{0x77, 0x80, 0x8e} : found->color;
}

} // namespace nms
