// SPDX-License-Identifier: Apache-2.0
// Exceptions turned into errors at the boundary of a thread: memory that ran out, and a limit on threads (of a user, a
// container, the system) that was reached, are reported as such.
#pragma once

#include "core/base/result.h"

#include <exception>
#include <new>
#include <string>

namespace nms {

/// Whether `exception` says that no further thread could be started: what the standard library throws then, or what TBB
/// turns it into.
bool isThreadLimit(const std::exception &exception);

/// The Resource error for that, with the limits that can be read. Any thread.
Error threadLimitError(std::string where);

/// TBB's workers start one another; where that fails no caller can catch the exception, and the process would abort. After
/// this call it writes `program` ("nmscope: ") and the message of threadLimitError() instead and ends with exit status 1;
/// any other uncaught exception aborts as before. Call it once, before threads are started.
void reportThreadLimitOnTerminate(const char *program);

/// Turns the exception being handled into an Error; call it in a catch block. `memoryRemedy` is the remedy where memory ran
/// out.
Error errorFromException(std::string where, std::string memoryRemedy);

/// Runs `work`, which returns a Status or Result, and makes std::bad_alloc a Resource error: "WHERE: not enough memory".
/// Other exceptions pass. Any thread.
template <class F> auto withMemoryErrors(const std::string &where, const char *remedy, F &&work) -> decltype(work())
{
    try {
        return work();
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, where, "not enough memory", remedy);
    }
}

} // namespace nms
