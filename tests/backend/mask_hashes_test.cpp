// SPDX-License-Identifier: Apache-2.0
// Compares the masks of every method with mask_hashes.txt: refactoring must not change a bit of any mask.
//
// After a change that is meant to change masks, write the file again: NMS_WRITE_HASHES=1 build/release/nms_mask_hash_tests
#include "core/io/weights_file.h"
#include "core/solver/cpu_backend.h"
#include "core/solver/solve.h"
#include "tests/backend/adversarial_tiles.h"
#include "tests/backend/test_scores.h"

#include <bit>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <map>

namespace nms::test {
namespace {

const std::string file = NMS_SOURCE_DIR "/tests/backend/mask_hashes.txt";

/// FNV-1a with 64 bits, applied to words.
class Hash
{
public:
    void add(std::uint64_t word) { m_value = (m_value ^ word) * 0x100000001b3; }
    void add(const Mask &mask)
    {
        for (std::int64_t row = 0; row < mask.rows(); ++row)
            for (const std::uint64_t word : mask.row64(row))
                add(word);
    }
    void add(const Matrix<float> &scores)
    {
        for (std::int64_t row = 0; row < scores.rows(); ++row)
            for (const float score : scores.span().row(row))
                add(std::bit_cast<std::uint32_t>(score));
    }
    std::string text() const
    {
        char digits[17];
        std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(m_value));
        return digits;
    }

private:
    std::uint64_t m_value = 0xcbf29ce484222325;
};

struct Scores {
    std::string name;
    Matrix<float> matrix;
};

Matrix<float> sampleScores(const std::string &path, std::int64_t rows)
{
    auto source = openWeights(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5");
    if (!source)
        throw std::runtime_error(source.error().line());
    for (const TensorInfo &tensor : (*source)->tensors())
        if (tensor.path == path) {
            Matrix<float> weights(rows, tensor.shape.back());
            if (const Status read = (*source)->readRows(tensor, 0, weights.span()); !read)
                throw std::runtime_error(read.error().line());
            return magnitudeScore(weights.span());
        }
    throw std::runtime_error("the sample has no " + path);
}

/// Sample, Gaussian and adversarial tiles, some of them ragged; few enough that all methods together take seconds.
std::vector<Scores> scoresFor(NmPattern pattern)
{
    std::vector<Scores> all;
    all.push_back({"sample", sampleScores("encoder/layer/0/attention/self/query/weight", std::max(pattern.m + 1, 33))});
    all.push_back({"gaussian", gaussianScores(2 * pattern.m + 1, 7 * pattern.m - 1, 42)});
    Random random(7);
    all.push_back({"adversarial", adversarialTiles(pattern, 24, random)});
    for (const HardScores &hard : hardScores())
        all.push_back({hard.name, hard.make(pattern)});
    return all;
}

using Hashes = std::map<std::string, std::string>; // "4:8 exact from dykstra" → hash over all score matrices

Hashes hashesOf(NmPattern pattern)
{
    const std::unique_ptr<SolverBackend> cpu = makeCpuBackend();
    const std::vector<Scores> all = scoresFor(pattern);
    Hashes hashes;
    Hash input;
    for (const Scores &scores : all)
        input.add(scores.matrix);
    hashes[pattern.text() + " scores"] = input.text();
    const auto solveAll = [&](const SolveOptions &options) {
        Hash hash;
        for (const Scores &scores : all) {
            const auto solution = cpu->solve(scores.matrix.span(), options, {});
            if (!solution)
                throw std::runtime_error(solution.error().line());
            hash.add(solution->mask);
        }
        return hash.text();
    };
    for (const Method method : offeredMethods()) {
        SolveOptions options;
        options.pattern = pattern;
        options.method = method;
        options.iterations = 100;
        const std::string name = pattern.text() + " " + std::string(nameOf(method));
        hashes[name] = solveAll(options);
        for (const Method source : warmStartsOf(method)) {
            options.warmStart = source;
            hashes[name + " from " + std::string(nameOf(source))] = solveAll(options);
        }
    }
    return hashes;
}

Hashes committed()
{
    Hashes hashes;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);)
        if (const std::size_t blank = line.find(' '); blank != std::string::npos && line[0] != '#')
            hashes[line.substr(blank + 1)] = line.substr(0, blank);
    return hashes;
}

constexpr NmPattern patterns[] = {{1, 2},  {2, 4},  {1, 3},  {4, 8},   {3, 7},   {8, 8},
                                  {4, 12}, {8, 16}, {5, 17}, {16, 32}, {20, 48}, {32, 64}};

class MaskHashes : public testing::TestWithParam<NmPattern>
{ };

TEST_P(MaskHashes, areThoseOfTheFile)
{
    static const Hashes expected = committed();
    const Hashes found = hashesOf(GetParam());
    if (std::getenv("NMS_WRITE_HASHES")) {
        std::ofstream out(file, GetParam() == patterns[0] ? std::ios::trunc : std::ios::app);
        for (const auto &[name, hash] : found)
            out << hash << ' ' << name << '\n';
        GTEST_SKIP() << "written to " << file;
    }
    const std::string scores = GetParam().text() + " scores";
    ASSERT_EQ(found.at(scores), expected.at(scores)) << "the scores differ, not the masks: another C library's logarithm?";
    for (const auto &[name, hash] : found) {
        ASSERT_TRUE(expected.contains(name)) << name << " is not in " << file;
        EXPECT_EQ(hash, expected.at(name)) << name;
    }
    for (const auto &[name, hash] : expected)
        EXPECT_TRUE(!name.starts_with(GetParam().text() + " ") || found.contains(name)) << name << " was not solved";
}

INSTANTIATE_TEST_SUITE_P(Patterns, MaskHashes, testing::ValuesIn(patterns),
                         [](const auto &of) { return std::to_string(of.param.n) + "of" + std::to_string(of.param.m); });

} // namespace
} // namespace nms::test
