// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace nms::test {

/// Whether a sanitizer is on. Such a build is many times slower, so its tests use smaller matrices and check no times.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool isSanitized = true;
#else
constexpr bool isSanitized = false;
#endif

} // namespace nms::test
