// SPDX-License-Identifier: Apache-2.0
// Checks the CPU solver where there is neither GoogleTest nor HDF5: on another processor, or under an emulator. Prints
// hashes of masks, which must be the same on every processor.
#include "core/simd/simd_level.h"
#include "core/solver/cpu_backend.h"
#include "tests/backend/check_report.h"
#include "tests/backend/test_scores.h"

#include <bit>
#include <cstdio>
#include <string>
#include <vector>

namespace nms {
namespace {

/// FNV-1a, applied to words.
std::uint64_t hashed(std::uint64_t hash, std::uint64_t word)
{
    return (hash ^ word) * 0x100000001b3;
}

/// Scores made of random bits and integers alone: no mathematical function, whose last digit may differ between libraries.
std::vector<Matrix<float>> scoresFor(NmPattern pattern)
{
    test::Random random(11);
    std::vector<Matrix<float>> all;
    Matrix<float> uniform(2 * pattern.m + 1, 7 * pattern.m - 1);
    for (std::int64_t row = 0; row < uniform.rows(); ++row)
        for (float &score : uniform.span().row(row))
            score = float(random.bits() >> 40) * 0x1p-24F;
    all.push_back(std::move(uniform));
    Matrix<float> ties(pattern.m, 9 * pattern.m);
    for (std::int64_t row = 0; row < ties.rows(); ++row)
        for (float &score : ties.span().row(row))
            score = float(random.bits() & 3U);
    all.push_back(std::move(ties));
    return all;
}

bool printHashes(SolverBackend &cpu)
{
    bool fine = true;
    for (const NmPattern pattern :
         {NmPattern{1, 2}, {2, 4}, {3, 5}, {4, 8}, {5, 11}, {8, 16}, {4, 16}, {16, 32}, {20, 47}, {32, 64}})
        for (const Method method : offeredMethods()) {
            SolveOptions options;
            options.pattern = pattern;
            options.method = method;
            options.iterations = 50;
            std::uint64_t hash = 0xcbf29ce484222325;
            for (const Matrix<float> &scores : scoresFor(pattern)) {
                const auto solution = cpu.solve(scores.span(), options, {});
                fine &= solution.has_value();
                for (std::int64_t row = 0; solution && row < solution->mask.rows(); ++row)
                    for (const std::uint64_t word : solution->mask.row64(row))
                        hash = hashed(hash, word);
            }
            std::printf("masks  %-6s %-14s %016llx\n", pattern.text().c_str(), std::string(nameOf(method)).c_str(),
                        static_cast<unsigned long long>(hash));
        }
    return fine;
}

int run()
{
    const auto cpu = makeCpuBackend();
    std::fprintf(stderr, "level %s\n", std::string(nameOf(simdLevel())).c_str());
    const bool solved = printHashes(*cpu);
    return test::checkBackend(*cpu) && solved ? 0 : 1;
}

} // namespace
} // namespace nms

int main()
{
    return nms::run();
}
