// SPDX-License-Identifier: Apache-2.0
// Counts the bytes that a program has allocated with new, for tests of reported memory use. Link counted_memory.cpp, which
// replaces the operators.
#pragma once

#include <cstdint>

namespace nms::test {

std::int64_t bytesHeld();
std::int64_t mostBytesHeld(); // the maximum since forgetMost()
void forgetMost();

} // namespace nms::test
