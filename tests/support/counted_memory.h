// SPDX-License-Identifier: Apache-2.0
// Counts what a program holds by new, for tests of what is told about memory. Link counted_memory.cpp, which replaces the
// operators.
#pragma once

#include <cstdint>

namespace nms::test {

std::int64_t bytesHeld();
std::int64_t mostBytesHeld(); // since forgetMost()
void forgetMost();

} // namespace nms::test
