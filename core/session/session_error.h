// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <string>

namespace nms {

/// Makes the exception being handled (call it in a catch block) an Error.
Error errorFromException(std::string where);

} // namespace nms
