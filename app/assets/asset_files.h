// SPDX-License-Identifier: Apache-2.0
// Paths of files that are installed with the program. Empty if a file is missing.
#pragma once

#include <string>
#include <vector>

namespace nms {

/// Real weights, as an example to open.
std::string sampleWeightsFile();

/// What goes into one of their layers: H of its inputs.
std::string sampleCalibrationFile();

/// The lessons, sorted by name.
std::vector<std::string> lessonFiles();

/// The folder of fonts for systems that lack them; empty in most installations, where packages bring them.
std::string fontFolder();

/// A page of the documentation, in Markdown: "index.md". `name` may come from a link: it names no other file.
std::string documentationFile(const std::string &name);

/// The script of the PyTorch peer of `nmscope bench` (core/bench/torch_contender.h).
std::string torchScriptFile();

} // namespace nms
