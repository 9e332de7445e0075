// SPDX-License-Identifier: Apache-2.0
// The patterns at which levels of vector instructions are compared.
#pragma once

#include "core/sparsity/nm_pattern.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nms::test {

inline std::vector<NmPattern> levelPatterns()
{
    return {{1, 1}, {2, 3}, {2, 4}, {3, 7}, {4, 8}, {5, 13}, {8, 16}, {9, 23}, {16, 32}, {20, 47}, {32, 64}};
}

inline std::string patternName(const testing::TestParamInfo<NmPattern> &info)
{
    return "keep" + std::to_string(info.param.n) + "of" + std::to_string(info.param.m);
}

} // namespace nms::test
