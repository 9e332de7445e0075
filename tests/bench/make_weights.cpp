// SPDX-License-Identifier: Apache-2.0
// Writes a synthetic weights file of any size: Gaussian fp16 matrices in safetensors, the same bits for the same arguments.
#include "core/simd/half.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace {

/// 65,536 draws, to be drawn from again: what a generator of billions can afford.
std::vector<std::uint16_t> gaussianHalves()
{
    constexpr float deviation = 0.02F; // about that of a trained transformer's weights
    std::mt19937 random(7);
    std::normal_distribution<float> normal(0, deviation);
    std::vector<std::uint16_t> values(65536);
    for (std::uint16_t &value : values)
        value = nms::floatToHalf(normal(random));
    return values;
}

int make(int argc, char **argv)
{
    if (argc != 5) {
        std::fprintf(stderr, "usage: nms_make_weights TENSORS ROWS COLS OUT.safetensors\n");
        return 2;
    }
    const std::int64_t tensors = std::atoll(argv[1]), rows = std::atoll(argv[2]), cols = std::atoll(argv[3]);
    const std::int64_t bytes = rows * cols * 2;
    nlohmann::ordered_json header;
    for (std::int64_t t = 0; t < tensors; ++t)
        header["layer" + std::to_string(t) + ".weight"] = {
            {"dtype", "F16"}, {"shape", {rows, cols}}, {"data_offsets", {t * bytes, (t + 1) * bytes}}};
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    std::ofstream file(argv[4], std::ios::binary);
    const std::uint64_t length = text.size();
    file.write(reinterpret_cast<const char *>(&length), 8);
    file.write(text.data(), std::streamsize(text.size()));

    const std::vector<std::uint16_t> draws = gaussianHalves();
    std::vector<std::uint16_t> row(static_cast<std::size_t>(cols));
    std::mt19937_64 random(11);
    for (std::int64_t r = 0; r < tensors * rows; ++r) {
        for (std::size_t j = 0; j < row.size(); j += 4) {
            std::uint64_t bits = random();
            for (std::size_t k = j; k < std::min(j + 4, row.size()); ++k, bits >>= 16)
                row[k] = draws[bits & 65535];
        }
        file.write(reinterpret_cast<const char *>(row.data()), std::streamsize(row.size() * 2));
    }
    file.close();
    if (!file) {
        std::fprintf(stderr, "%s: could not be written whole: look for space on the disk\n", argv[4]);
        return 1;
    }
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    try {
        return make(argc, argv);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "nms_make_weights: %s\n", error.what());
        return 1;
    }
}
