// SPDX-License-Identifier: Apache-2.0
// Masks of matrices as wide as real models' are, f16 and bf16 with ties, counted again from the bytes of the file and by
// verify.
#include "core/simd/half.h"
#include "tests/cli/cli_fixture.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace nms::test {

using Json = nlohmann::json;

namespace {

/// Gaussian in two bytes, every other column of few different values.
RawTensor halfTensor(const char *dtype, std::int64_t rows, std::int64_t cols, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> gaussian;
    std::string bytes(std::size_t(2 * rows * cols), '\0');
    const bool half = std::string_view(dtype) == "F16";
    for (std::int64_t cell = 0; cell < rows * cols; ++cell) {
        const float value = cell % 2 == 0 ? gaussian(random) : float(int(random() % 9) - 4) / 4;
        const std::uint16_t bits = half ? floatToHalf(value) : floatToBfloat16(value);
        std::memcpy(bytes.data() + 2 * cell, &bits, 2);
    }
    return {dtype, {rows, cols}, bytes};
}

/// The first line of a tile that keeps another number than n (more, on ragged edges); empty where all hold.
std::string firstWrongLine(const RawTensor &mask, int n, int m)
{
    const std::int64_t rows = mask.shape[0], cols = mask.shape[1];
    for (const bool alongRows : {true, false}) {
        const std::int64_t lines = alongRows ? rows : cols, length = alongRows ? cols : rows;
        for (std::int64_t line = 0; line < lines; ++line)
            for (std::int64_t at = 0; at < length; at += m) {
                int kept = 0;
                const std::int64_t end = std::min(length, at + m);
                for (std::int64_t k = at; k < end; ++k)
                    kept += mask.bytes[std::size_t(alongRows ? line * cols + k : k * cols + line)];
                const bool ragged = end - at < m || line / m * m + m > lines;
                if (kept > n || (kept < n && !ragged))
                    return (alongRows ? "row " : "column ") + std::to_string(line) + " from " + std::to_string(at) +
                        " keeps " + std::to_string(kept);
            }
    }
    return {};
}

} // namespace

class CliWidths : public CliTest, public testing::WithParamInterface<int>
{ };

TEST_P(CliWidths, MasksHoldInTheFile)
{
    const std::int64_t width = GetParam();
    RawTensors weights = {{"f16", halfTensor("F16", 27, width, 1)}, {"bf16", halfTensor("BF16", 27, width, 2)}};
    if (width <= 5504)
        weights.emplace("tall", halfTensor("F16", width, 72, 3));
    writeSafetensors(path("w.safetensors"), weights);
    struct Case {
        int n, m;
        const char *method;
    };
    for (const auto &[n, m, method] :
         {Case{4, 8, "exact"}, Case{2, 8, "exact"}, Case{3, 7, "exact"}, Case{2, 5, "exact"}, Case{2, 4, "exact"},
          Case{8, 16, "exact"}, Case{4, 8, "greedy+swap"}, Case{4, 8, "capped"}}) {
        const std::string pattern = std::to_string(n) + ":" + std::to_string(m);
        SCOPED_TRACE(pattern + " " + method);
        const Finished solved = runProgram({"solve", path("w.safetensors"), "-o", path("m.safetensors"), "--pattern",
                                            pattern, "--method", method, "--backend", "cpu"});
        ASSERT_EQ(solved.exitStatus, 0) << solved.err;
        const RawTensors masks = readSafetensors(path("m.safetensors"));
        ASSERT_EQ(masks.size(), weights.size());
        for (const auto &[name, mask] : masks) {
            const RawTensor &of = weights.at(name.substr(0, name.find('/')));
            ASSERT_EQ(mask.shape, of.shape);
            EXPECT_EQ(firstWrongLine(mask, n, m), "") << name;
        }
        const Finished verified = runProgram({"verify", path("m.safetensors"), "--weights", path("w.safetensors")});
        EXPECT_EQ(verified.exitStatus, 0) << verified.out << verified.err;
    }
}

// Hidden sizes, feed-forward widths and a vocabulary of published models, odd and even multiples of a word of the mask.
INSTANTIATE_TEST_SUITE_P(Real, CliWidths,
                         testing::Values(320, 768, 2304, 2880, 4544, 4864, 5504, 11008, 13824, 14336, 28672, 50257),
                         [](const auto &test) { return std::to_string(test.param); });

} // namespace nms::test
