// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace nms::test {

/// Built to be watched, and many times slower: such a build takes smaller matrices and looks at no clock.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool isSanitized = true;
#else
constexpr bool isSanitized = false;
#endif

} // namespace nms::test
