// SPDX-License-Identifier: Apache-2.0
// From exceptions to errors, at the edge of a thread: memory that is not there, and a limit on threads (of a user, a
// container, the system) told as what it is.
#pragma once

#include "core/base/result.h"

#include <exception>
#include <string>

namespace nms {

/// Whether `exception` says that no further thread could be started: what the standard library throws then, and what TBB
/// makes of it.
bool isThreadLimit(const std::exception &exception);

/// The Resource error for that, with the limits that are known. Any thread.
Error threadLimitError(std::string where);

/// TBB's workers start one another, and where that fails there is nobody to catch it: the process would abort. After this
/// call it ends with the sentence of threadLimitError() behind `program` ("nmscope: ") and exit status 1 instead; any other
/// exception that nobody catches aborts as before. Once, before threads are started.
void endClearlyAtThreadLimit(const char *program);

/// Makes the exception being handled (call it in a catch block) an Error. `memoryRemedy` is what helps where memory ran out.
Error errorFromException(std::string where, std::string memoryRemedy);

} // namespace nms
