// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or an Error that tells a person what to do.
#pragma once

#include <string>
#include <utility>

#if __has_include(<tl/expected.hpp>) && !defined(NMS_STD_EXPECTED)
#include <tl/expected.hpp>
namespace nms {
template <class T, class E> using Expected = tl::expected<T, E>;
template <class E> using Unexpected = tl::unexpected<E>;
} // namespace nms
#else
// For systems without libexpected-dev (a plain GPU server): the few members used here, from C++23.
#include <expected>
namespace nms {
template <class T, class E> using Expected = std::expected<T, E>;
template <class E> using Unexpected = std::unexpected<E>;
} // namespace nms
#endif

namespace nms {

enum class ErrorKind {
    Usage, // the caller asked for something that makes no sense (exit 2)
    Input, // a file or tensor is damaged, malicious or holds NaN or Inf
    Io, // the operating system reported an error
    Unsupported, // legal, but not something this build can do
    Resource, // too large for memory or for a limit
    Cancelled, // the user stopped it
    Device, // a GPU or driver failed
    Internal, // a bug
};

/// One failure: where it happened (file, tensor, place), what is wrong, and what to do about it.
struct Error {
    ErrorKind kind = ErrorKind::Internal;
    std::string where;
    std::string what;
    std::string remedy;

    /// "where: what; remedy", on one line.
    std::string line() const;
};

template <class T> using Result = Expected<T, Error>;
using Status = Result<void>;

inline Unexpected<Error> fail(ErrorKind kind, std::string where, std::string what, std::string remedy = {})
{
    return Unexpected<Error>(Error{kind, std::move(where), std::move(what), std::move(remedy)});
}

inline Unexpected<Error> fail(Error error)
{
    return Unexpected<Error>(std::move(error));
}

} // namespace nms
