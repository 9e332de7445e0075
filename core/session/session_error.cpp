// SPDX-License-Identifier: Apache-2.0
#include "core/session/session_error.h"

#include "core/base/thread_limit.h"

#include <exception>
#include <new>

namespace nms {

Error errorFromException(std::string where)
{
    try {
        throw;
    } catch (const std::bad_alloc &) {
        return {ErrorKind::Resource, std::move(where), "out of memory",
                "take a smaller matrix or limit the history, or close other programs"};
    } catch (const std::exception &exception) {
        if (isThreadLimit(exception))
            return threadLimitError(std::move(where));
        return {ErrorKind::Internal, std::move(where), exception.what(), "please report this as a bug"};
    } catch (...) {
        return {ErrorKind::Internal, std::move(where), "an exception of unknown type", "please report this as a bug"};
    }
}

} // namespace nms
