// SPDX-License-Identifier: Apache-2.0
// The method `reference`: only core/reference solves it.
#include "core/methods/method.h"

namespace nms {

const MethodTraits referenceTraits = {.method = Method::Reference,
                                      .name = "reference",
                                      .title = "Reference (slow)",
                                      .offered = false,
                                      .isEntropic = true,
                                      .passes = 0};

} // namespace nms
