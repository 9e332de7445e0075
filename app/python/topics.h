// SPDX-License-Identifier: Apache-2.0
// One function for each topic of the extension module; module.cpp calls them all.
#pragma once

#include <nanobind/nanobind.h>

namespace nms::python {

void addOptions(nanobind::module_ &module);
void addPotentials(nanobind::module_ &module);
void addSolve(nanobind::module_ &module);
void addDevice(nanobind::module_ &module);
void addJudge(nanobind::module_ &module);
void addPrune(nanobind::module_ &module);
void addFiles(nanobind::module_ &module);
void addRoles(nanobind::module_ &module);

} // namespace nms::python
