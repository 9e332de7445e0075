// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/jobs_support.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <random>

namespace nms::test {

NamedWeights gaussianWeights(const std::string &path, const std::vector<std::int64_t> &shape, unsigned seed)
{
    std::int64_t count = 1;
    for (const std::int64_t side : shape)
        count *= side;
    std::mt19937 random(seed);
    std::normal_distribution<float> gaussian;
    std::vector<float> values(static_cast<std::size_t>(count));
    std::generate(values.begin(), values.end(), [&] { return gaussian(random); });
    return {path, shape, std::move(values)};
}

std::string safetensorsOf(const std::vector<NamedWeights> &tensors)
{
    std::string header = "{", data;
    for (const NamedWeights &tensor : tensors) {
        std::string shape;
        for (const std::int64_t side : tensor.shape)
            shape += (shape.empty() ? "" : ",") + std::to_string(side);
        const std::size_t bytes = tensor.values.size() * sizeof(float);
        header += (header.size() > 1 ? ",\"" : "\"") + tensor.path + R"(":{"dtype":"F32","shape":[)" + shape +
            R"(],"data_offsets":[)" + std::to_string(data.size()) + "," + std::to_string(data.size() + bytes) + "]}";
        data.append(reinterpret_cast<const char *>(tensor.values.data()), bytes);
    }
    header += "}";
    const std::uint64_t length = header.size();
    std::string file(sizeof length, '\0');
    std::memcpy(file.data(), &length, sizeof length);
    return file + header + data;
}

Progress WatchingHost::progress()
{
    return {m_stop.get_token(), [this](std::int64_t done, std::int64_t total) {
                const std::scoped_lock lock(m_mutex);
                EXPECT_GT(done, m_done) << "a count fell, or was told twice";
                EXPECT_LE(done, total);
                EXPECT_TRUE(m_total == -1 || total == m_total) << m_total << " became " << total;
                EXPECT_TRUE(m_reports > 0 || done == 0) << "the first is " << done;
                m_done = done;
                m_total = total;
                ++m_reports;
                if (m_stopAfter >= 0 && done > m_stopAfter)
                    m_stop.request_stop();
            }};
}

jobs::Events WatchingHost::events()
{
    return {[this](const std::string &path) { m_tensors.push_back(path); },
            [this](const std::string &text) {
                m_warnings.push_back(text);
            }};
}

std::vector<std::string> JobsTest::filesLeft() const
{
    std::vector<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(m_folder.path()))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace nms::test
