// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

namespace nms::test {

RawTensor floatTensor(const std::vector<std::int64_t> &shape, const std::vector<float> &values)
{
    RawTensor tensor{"F32", shape, std::string(values.size() * sizeof(float), '\0')};
    std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
    return tensor;
}

RawTensor gaussianTensor(const std::vector<std::int64_t> &shape, unsigned seed)
{
    std::int64_t count = 1;
    for (const std::int64_t side : shape)
        count *= side;
    std::mt19937 random(seed);
    std::normal_distribution<float> gaussian;
    std::vector<float> values(static_cast<std::size_t>(count));
    std::generate(values.begin(), values.end(), [&] { return gaussian(random); });
    return floatTensor(shape, values);
}

void writeSafetensors(const std::filesystem::path &file, const RawTensors &tensors)
{
    nlohmann::json header = nlohmann::json::object();
    std::string data;
    for (const auto &[name, tensor] : tensors) {
        header[name] = {{"dtype", tensor.dtype},
                        {"shape", tensor.shape},
                        {"data_offsets", {data.size(), data.size() + tensor.bytes.size()}}};
        data += tensor.bytes;
    }
    const std::string text = header.dump();
    const std::uint64_t length = text.size();
    std::string bytes(sizeof length, '\0');
    std::memcpy(bytes.data(), &length, sizeof length);
    writeBytes(file, bytes + text + data);
}

/// The header of a safetensors file; `data`: where its tensors begin.
static nlohmann::json headerOf(const std::string &bytes, std::size_t &data)
{
    std::uint64_t length = 0;
    if (bytes.size() < sizeof length)
        throw std::runtime_error("no safetensors file: too short");
    std::memcpy(&length, bytes.data(), sizeof length);
    data = sizeof length + length;
    return nlohmann::json::parse(bytes.substr(sizeof length, length));
}

nlohmann::json safetensorsMetadata(const std::filesystem::path &file)
{
    std::size_t data = 0;
    return headerOf(readFile(file), data).at("__metadata__");
}

RawTensors readSafetensors(const std::filesystem::path &file)
{
    const std::string bytes = readFile(file);
    std::size_t data = 0;
    const nlohmann::json header = headerOf(bytes, data);
    RawTensors tensors;
    for (const auto &[name, entry] : header.items()) {
        if (name == "__metadata__")
            continue;
        const auto begin = entry["data_offsets"][0].get<std::size_t>(), end = entry["data_offsets"][1].get<std::size_t>();
        tensors[name] = {entry["dtype"], entry["shape"], bytes.substr(data + begin, end - begin)};
    }
    return tensors;
}

std::string readBytes(const std::filesystem::path &file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void writeBytes(const std::filesystem::path &file, const std::string &bytes)
{
    std::ofstream stream(file, std::ios::binary);
    stream << bytes;
    if (!stream.flush())
        throw std::runtime_error("cannot write " + file.string());
}

std::vector<std::string> CliTest::filesLeft() const
{
    std::vector<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(m_folder.path()))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string CliTest::sample()
{
    return NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5";
}

int finishedParts(const std::filesystem::path &folder)
{
    int count = 0;
    std::error_code ignored;
    for (const auto &entry : std::filesystem::directory_iterator(folder, ignored))
        count += entry.path().extension() == ".json" && entry.path().filename() != "job.json";
    return count;
}

nlohmann::json jsonOf(const Finished &finished)
{
    nlohmann::json parsed = nlohmann::json::parse(finished.out, nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << "exit " << finished.exitStatus << "\n" << finished.out << finished.err;
    return parsed;
}

void expectOneLineOfError(const Finished &finished, const std::string &command)
{
    EXPECT_EQ(finished.out, "");
    EXPECT_THAT(finished.err, testing::StartsWith("nmscope " + command + ": "));
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
}

} // namespace nms::test
