// SPDX-License-Identifier: Apache-2.0
// From our errors to Python's exceptions.
#pragma once

#include "core/base/result.h"

#include <utility>

namespace nms::python {

/// Throws what Python sees: the class of nmscope/_errors.py that stands for the error's kind, with its line as the message.
/// With the GIL.
[[noreturn]] void raise(const Error &error);

/// A Usage error of an argument: `where` is its name.
[[noreturn]] void raiseUsage(std::string where, std::string what, std::string remedy = {});

/// The value, or the exception.
template <class T> T valueOr(Result<T> result)
{
    if (!result)
        raise(result.error());
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

} // namespace nms::python
