// SPDX-License-Identifier: Apache-2.0
// Weights in somebody's memory: whatever their strides, solved, verified and pruned as the packed matrix is.
#include "core/io/mask_file.h"
#include "core/io/memory_source.h"
#include "core/jobs/prune_memory.h"
#include "core/jobs/solve_memory.h"
#include "core/jobs/verify_file.h"
#include "core/prune/cpu_algebra.h"
#include "core/solver/cpu_backend.h"

#include <gtest/gtest.h>
#include <random>

namespace nms::jobs {

namespace {

template <class T> const std::byte *bytes(const std::vector<T> &values)
{
    return reinterpret_cast<const std::byte *>(values.data());
}

std::vector<float> normal(std::size_t count, unsigned seed)
{
    std::mt19937 engine(seed);
    std::normal_distribution<float> draw;
    std::vector<float> values(count);
    for (float &value : values)
        value = draw(engine);
    return values;
}

SolveMemorySettings patternOf(int n, int m)
{
    SolveMemorySettings settings;
    settings.options.pattern = {n, m};
    return settings;
}

std::vector<std::byte> masksOf(const MemoryTensor &weights, const SolveMemorySettings &settings)
{
    std::int64_t size = 1;
    std::vector<std::int64_t> strides(weights.shape.size());
    for (std::size_t i = strides.size(); i-- > 0; size *= weights.shape[i])
        strides[i] = size;
    std::vector<std::byte> mask(std::size_t(size), std::byte(7));
    const auto solved = solveMemory(weights, {mask.data(), strides}, settings, *makeCpuBackend(), {});
    EXPECT_TRUE(solved) << solved.error().line();
    return mask;
}

TEST(MemoryTensor, StridesOfAnySignAreReadAsTheyLie)
{
    constexpr std::int64_t rows = 37, cols = 29;
    const std::vector<float> packed = normal(rows * cols, 1);
    const std::vector<std::byte> expected =
        masksOf({.shape = {rows, cols}, .strides = {cols, 1}, .data = bytes(packed)}, patternOf(3, 7));
    std::vector<float> turned(packed.size()), mirrored(packed.size()), apart(rows * 2 * cols, 100);
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t col = 0; col < cols; ++col) {
            const float value = packed[std::size_t(row * cols + col)];
            turned[std::size_t(col * rows + row)] = value;
            mirrored[std::size_t((rows - 1 - row) * cols + cols - 1 - col)] = value;
            apart[std::size_t(row * 2 * cols + col)] = value;
        }
    EXPECT_EQ(masksOf({.shape = {rows, cols}, .strides = {1, rows}, .data = bytes(turned)}, patternOf(3, 7)), expected);
    EXPECT_EQ(masksOf({.shape = {rows, cols}, .strides = {-cols, -1}, .data = bytes(mirrored) + (rows * cols - 1) * 4},
                      patternOf(3, 7)),
              expected);
    EXPECT_EQ(masksOf({.shape = {rows, cols}, .strides = {2 * cols, 1}, .data = bytes(apart)}, patternOf(3, 7)), expected);
    std::vector<std::byte> shifted(packed.size() * 4 + 1);
    std::copy_n(bytes(packed), packed.size() * 4, shifted.begin() + 1);
    EXPECT_EQ(masksOf({.shape = {rows, cols}, .strides = {cols, 1}, .data = shifted.data() + 1}, patternOf(3, 7)), expected);
}

TEST(MemoryTensor, StacksAreSolvedMatrixByMatrix)
{
    constexpr std::int64_t out = 10, in = 9, places = 3; // PyTorch's conv1d kernel
    const std::vector<float> kernel = normal(out * in * places, 2);
    const MemoryTensor whole{
        .shape = {out, in, places}, .strides = {in * places, places, 1}, .data = bytes(kernel), .axes = "oiw"};
    const std::vector<std::byte> mask = masksOf(whole, patternOf(2, 4));
    for (std::int64_t place = 0; place < places; ++place) {
        const MemoryTensor one{.shape = {out, in}, .strides = {in * places, places}, .data = bytes(kernel) + place * 4};
        const std::vector<std::byte> alone = masksOf(one, patternOf(2, 4));
        for (std::int64_t i = 0; i < out * in; ++i)
            ASSERT_EQ(mask[std::size_t(i * places + place)], alone[std::size_t(i)]);
    }
}

TEST(MemoryTensor, PanelsOfALargeMatrixGiveTheMasksOfTheWhole)
{
    constexpr std::int64_t rows = 2100, cols = 2200; // more than one panel
    const std::vector<float> weights = normal(rows * cols, 3);
    const std::vector<std::byte> mask =
        masksOf({.shape = {rows, cols}, .strides = {cols, 1}, .data = bytes(weights)}, patternOf(2, 4));
    Matrix<float> score(rows, cols);
    for (std::int64_t i = 0; i < rows * cols; ++i)
        score.data()[i] = std::abs(weights[std::size_t(i)]);
    const auto whole = makeCpuBackend()->solve(score.span(), patternOf(2, 4).options, {});
    ASSERT_TRUE(whole);
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t col = 0; col < cols; ++col)
            ASSERT_EQ(mask[std::size_t(row * cols + col)] == std::byte(1), whole->mask.at(row, col));
}

TEST(MemoryTensor, WhatIsWrongIsNamed)
{
    std::vector<float> weights = normal(64, 4);
    std::vector<std::byte> mask(64);
    const auto solved = [&](MemoryTensor tensor) {
        tensor.data = bytes(weights);
        return solveMemory(tensor, {mask.data(), {8, 1}}, patternOf(2, 4), *makeCpuBackend(), {});
    };
    EXPECT_EQ(solved({.shape = {8, 8}, .strides = {8, 1}, .axes = "oih"}).error().kind, ErrorKind::Usage);
    EXPECT_EQ(solved({.shape = {8, 3}, .strides = {8, 1}}).error().kind, ErrorKind::Input);
    EXPECT_EQ(solved({.shape = {8}, .strides = {1}}).error().kind, ErrorKind::Input);
    weights[8 * 5 + 6] = std::nanf("");
    const auto nan = solved({.path = "w", .shape = {8, 8}, .strides = {8, 1}});
    ASSERT_FALSE(nan);
    EXPECT_EQ(nan.error().line(), "w: NaN at (5, 6); masks need finite weights");
}

TEST(MemoryTensor, MasksInMemoryAreVerified)
{
    constexpr std::int64_t rows = 20, cols = 24;
    const std::vector<float> weights = normal(rows * cols, 5);
    const MemoryTensor tensor{.path = "mask", .shape = {rows, cols}, .strides = {cols, 1}, .data = bytes(weights)};
    std::vector<std::byte> mask = masksOf(tensor, patternOf(2, 4));
    const auto verdict = [&] {
        const auto masks = MaskFile::ofMemory("memory", {{"mask", {rows, cols}, {cols, 1}, DType::Bool, mask.data()}});
        EXPECT_TRUE(masks);
        const auto source = openMemory("memory", {tensor});
        EXPECT_TRUE(source);
        const std::unique_ptr<SolverBackend> backend = makeCpuBackend();
        VerifySettings settings;
        settings.pattern = NmPattern{2, 4};
        const auto report = verifyMasks({**masks, source->get(), *backend}, settings, {});
        EXPECT_TRUE(report) << report.error().line();
        return report->verdicts.front();
    };
    EXPECT_TRUE(verdict().holds());
    EXPECT_EQ(verdict().report.relativeGap, 0.0);
    mask[5] = mask[5] == std::byte(0) ? std::byte(1) : std::byte(0);
    EXPECT_EQ(verdict().violatingTiles, 1);
}

TEST(MemoryTensor, LayersArePrunedWithWhatGoesIntoThem)
{
    constexpr std::int64_t outputs = 16, inputs = 24, samples = 60;
    const std::vector<float> weights = normal(outputs * inputs, 6), x = normal(samples * inputs, 7);
    LayerMemory layer{{.shape = {outputs, inputs}, .strides = {inputs, 1}, .data = bytes(weights), .axes = "oi"},
                      {{.shape = {samples, inputs}, .strides = {inputs, 1}, .data = bytes(x)}}};
    std::vector<float> pruned(weights.size());
    std::vector<std::byte> mask(weights.size());
    PruneOptions options;
    options.tiles.pattern = {2, 4};
    const std::unique_ptr<SolverBackend> backend = makeCpuBackend();
    const std::unique_ptr<LinearAlgebra> algebra = makeCpuAlgebra();
    const PrunedMemory out{std::as_writable_bytes(std::span(pruned)), {mask.data(), {inputs, 1}}};
    const auto report = pruneMemory(layer, out, options, {*backend, *algebra}, {});
    ASSERT_TRUE(report) << report.error().line();
    for (std::size_t i = 0; i < pruned.size(); ++i)
        EXPECT_EQ(pruned[i] != 0, mask[i] == std::byte(1));
    EXPECT_LT(*report->error, 0.5);
    layer.inputs.push_back(layer.inputs.front());
    EXPECT_EQ(pruneMemory(layer, out, options, {*backend, *algebra}, {}).error().kind, ErrorKind::Usage);
}

} // namespace

} // namespace nms::jobs
