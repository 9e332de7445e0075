// SPDX-License-Identifier: Apache-2.0
// A folder of its own for each test, and weights files made from nothing but their format's definition.
#pragma once

#include "tests/cli/program.h"
#include "tests/support/temp_folder.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

namespace nms::test {

/// One tensor of a safetensors file, with its bytes as they lie there.
struct RawTensor {
    std::string dtype; // "F32", "BOOL", …
    std::vector<std::int64_t> shape;
    std::string bytes;
    friend bool operator==(const RawTensor &, const RawTensor &) = default;
};
using RawTensors = std::map<std::string, RawTensor>;

RawTensor floatTensor(const std::vector<std::int64_t> &shape, const std::vector<float> &values);
/// Gaussian, from a fixed seed.
RawTensor gaussianTensor(const std::vector<std::int64_t> &shape, unsigned seed);

void writeSafetensors(const std::filesystem::path &file, const RawTensors &tensors);
RawTensors readSafetensors(const std::filesystem::path &file);
/// The `__metadata__` of a safetensors file.
nlohmann::json safetensorsMetadata(const std::filesystem::path &file);
void writeBytes(const std::filesystem::path &file, const std::string &bytes);
std::string readBytes(const std::filesystem::path &file);

class CliTest : public testing::Test
{
protected:
    std::string path(const std::string &name) const { return m_folder.file(name); }
    /// Names in the folder, sorted: what a command leaves behind.
    std::vector<std::string> filesLeft() const;

    static std::string sample();
    static constexpr const char *queryPath = "encoder/layer/0/attention/self/query/weight";

private:
    TempFolder m_folder;
};

/// Number of tensors, or pieces of them, that a job with --resume has finished in the folder OUT.parts.
int finishedParts(const std::filesystem::path &folder);

/// Parses it, failing the test with the program's own words where that is impossible.
nlohmann::json jsonOf(const Finished &finished);

/// Exactly one line on standard error that begins with "nmscope COMMAND: ", and nothing on standard output.
void expectOneLineOfError(const Finished &finished, const std::string &command);

} // namespace nms::test
