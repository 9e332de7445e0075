// SPDX-License-Identifier: Apache-2.0
#include "core/base/result.h"

namespace nms {

std::string Error::line() const
{
    std::string text = where.empty() ? what : where + ": " + what;
    if (!remedy.empty())
        text += "; " + remedy;
    for (char &c : text)
        if (c == '\n' || c == '\r')
            c = ' ';
    return text;
}

} // namespace nms
