// SPDX-License-Identifier: Apache-2.0
// Masks as other tools leave them, and weights that were pruned without one.
#include "core/io/weights_file.h"
#include "core/jobs/solve_file.h"
#include "core/jobs/verify_file.h"
#include "tests/unit/jobs_support.h"

#include <cstring>

namespace nms::test {

using testing::HasSubstr;

namespace {

/// Keeps n of every m along rows, along columns or both, of rows × cols.
std::vector<float> zeroOne(std::int64_t rows, std::int64_t cols, NmPattern pattern, bool alongRows, bool alongColumns)
{
    std::vector<float> values(std::size_t(rows * cols));
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t col = 0; col < cols; ++col) {
            const std::int64_t at = (alongRows ? col : 0) + (alongColumns ? row : 0);
            values[std::size_t(row * cols + col)] = at % pattern.m < pattern.n ? 1.0F : 0.0F;
        }
    return values;
}

class JobsVerify : public JobsTest
{
protected:
    jobs::VerifyReport verify(const jobs::VerifySettings &settings)
    {
        const auto report = jobs::verifyFile(settings, *m_cpu, {});
        EXPECT_TRUE(report) << report.error().line();
        return report ? *report : jobs::VerifyReport();
    }
};

} // namespace

TEST_F(JobsVerify, MasksOfOtherNamesAndTypes)
{
    const auto both = zeroOne(12, 20, {2, 4}, true, true), rows = zeroOne(12, 20, {2, 4}, true, false);
    write("m.safetensors",
          {{"fc.weight_mask", {12, 20}, both},
           {"a.mask", {12, 20}, rows},
           {"b/mask", {12, 20}, both},
           {"fc.weight_orig", {12, 20}, gaussianWeights("", {12, 20}, 1).values}});
    const auto report = verify({path("m.safetensors"), {}, NmPattern{2, 4}});
    ASSERT_EQ(report.verdicts.size(), 3U);
    for (const jobs::MaskVerdict &verdict : report.verdicts) {
        const bool isTransposable = verdict.entry.datasetPath != "a.mask";
        EXPECT_EQ(verdict.holds(), isTransposable) << verdict.entry.datasetPath;
        EXPECT_TRUE(verdict.rowsHold);
        EXPECT_EQ(verdict.columnsHold, isTransposable);
        EXPECT_EQ(verdict.report.keptFraction, 0.5);
    }
}

TEST_F(JobsVerify, PyTorchsPruningNamesItsWeights)
{
    write("m.safetensors",
          {{"fc.weight_mask", {12, 20}, zeroOne(12, 20, {2, 4}, true, true)},
           {"fc.weight_orig", {12, 20}, gaussianWeights("", {12, 20}, 1).values}});
    const auto report = verify({path("m.safetensors"), path("m.safetensors"), NmPattern{2, 4}});
    ASSERT_EQ(report.verdicts.size(), 1U);
    EXPECT_TRUE(report.holds());
    EXPECT_GT(*report.verdicts[0].report.relativeGap, 0);
}

TEST_F(JobsVerify, WithoutAPatternTheStrongestIsFound)
{
    write("m.safetensors",
          {{"both.mask", {32, 32}, zeroOne(32, 32, {2, 4}, true, true)},
           {"columns.mask", {32, 32}, zeroOne(32, 32, {1, 4}, false, true)}});
    const auto report = verify({path("m.safetensors")});
    ASSERT_EQ(report.verdicts.size(), 2U);
    EXPECT_TRUE(report.holds());
    EXPECT_EQ(report.verdicts[0].report.pattern.text(), "2:4");
    EXPECT_TRUE(report.verdicts[0].rowsHold && report.verdicts[0].columnsHold);
    EXPECT_EQ(report.verdicts[1].report.pattern.text(), "1:4");
    EXPECT_FALSE(report.verdicts[1].rowsHold);
    EXPECT_EQ(report.verdicts[1].promise.lines, MaskPromise::Lines::Columns);

    write("none.safetensors", {{"w.mask", {8, 8}, std::vector<float>(64, 1)}});
    const auto none = jobs::verifyFile({path("none.safetensors")}, *m_cpu, {});
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().line(), HasSubstr("w.mask: the file does not say which pattern it keeps, and none holds"));
}

TEST_F(JobsVerify, WhatIsNeitherZeroNorOneIsNoMask)
{
    auto values = zeroOne(8, 8, {2, 4}, true, true);
    values[3 * 8 + 5] = 0.5F;
    write("m.safetensors", {{"w_mask", {8, 8}, values}});
    const auto report = jobs::verifyFile({path("m.safetensors"), {}, NmPattern{2, 4}}, *m_cpu, {});
    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().line(), HasSubstr("w_mask: holds 0.5 at (3, 5), but a mask is 0 or 1"));
}

TEST_F(JobsVerify, PrunedWeightsAndDenseOnes)
{
    NamedWeights pruned = gaussianWeights("pruned.weight", {16, 24}, 1), rows = gaussianWeights("rows.weight", {16, 24}, 2);
    const auto keptBoth = zeroOne(16, 24, {2, 4}, true, true), keptRows = zeroOne(16, 24, {2, 4}, true, false);
    for (std::size_t i = 0; i < keptBoth.size(); ++i) {
        pruned.values[i] *= keptBoth[i];
        rows.values[i] *= keptRows[i];
    }
    write("w.safetensors", {pruned, gaussianWeights("dense.weight", {16, 24}, 3), rows});
    const auto report = verify({path("w.safetensors"), {}, NmPattern{2, 4}});
    ASSERT_EQ(report.verdicts.size(), 2U);
    EXPECT_TRUE(report.verdicts[0].holds());
    EXPECT_FALSE(report.verdicts[1].holds());
    EXPECT_TRUE(report.verdicts[1].rowsHold);
    EXPECT_FALSE(report.verdicts[1].columnsHold);
    ASSERT_EQ(report.skipped.size(), 1U);
    EXPECT_EQ(report.skipped[0].path, "dense.weight");
    EXPECT_THAT(report.skipped[0].reason, HasSubstr("is dense"));

    const auto found = verify({path("w.safetensors")}); // each by the strongest that holds
    ASSERT_EQ(found.verdicts.size(), 2U);
    EXPECT_TRUE(found.holds());
    EXPECT_EQ(found.verdicts[1].report.pattern.text(), "2:4");
    EXPECT_EQ(found.verdicts[1].promise.lines, MaskPromise::Lines::Rows);

    write("d.safetensors", {gaussianWeights("dense.weight", {16, 24}, 3)});
    const auto dense = jobs::verifyFile({path("d.safetensors"), {}, NmPattern{2, 4}}, *m_cpu, {});
    ASSERT_FALSE(dense);
    EXPECT_THAT(dense.error().line(), HasSubstr("holds neither masks nor pruned weights (dense.weight is dense"));
}

TEST_F(JobsVerify, FlatBitsHaveTheShapeOfTheWeights)
{
    const NamedWeights conv = gaussianWeights("conv.weight", {10, 9, 3, 1}, 4);
    write("w.safetensors", {conv});
    jobs::SolveFileSettings settings{.file = path("w.safetensors"), .out = path("m.safetensors")};
    settings.options.pattern = {2, 4};
    ASSERT_TRUE(jobs::solveFile(settings, *m_cpu, {}));
    const auto source = openWeights(path("m.safetensors"));
    ASSERT_TRUE(source);
    const TensorInfo &mask = (*source)->tensors().at(0);
    std::vector<std::byte> kept(std::size_t(mask.elements()));
    ASSERT_TRUE((*source)->readRawRows(mask, 0, mask.rawRows(), kept));
    std::string bits((kept.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < kept.size(); ++i)
        if (kept[i] == std::byte(1))
            bits[i / 8] = char(bits[i / 8] | 0x80 >> i % 8);
    const auto npy = [](const std::string &data) { // version 1.0, as numpy.save writes it
        std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + std::to_string(data.size()) + ",), }";
        header.resize(118 - 1, ' ');
        header += '\n';
        return std::string("\x93NUMPY\x01\x00", 8) + char(header.size()) + '\0' + header + data;
    };
    writeFile("conv.weight.npy", npy(bits));
    const auto report = verify({path("conv.weight.npy"), path("w.safetensors"), NmPattern{2, 4}});
    ASSERT_EQ(report.verdicts.size(), 1U);
    EXPECT_EQ(report.verdicts[0].entry.format, MaskFormat::FlatBits);
    EXPECT_TRUE(report.holds());
    EXPECT_EQ(*report.verdicts[0].report.relativeGap, 0);

    bits.back() = char(bits.back() | 1); // 270 elements end two bits before the last byte does
    writeFile("conv.weight.npy", npy(bits));
    const auto damaged = jobs::verifyFile({path("conv.weight.npy"), path("w.safetensors"), NmPattern{2, 4}}, *m_cpu, {});
    ASSERT_FALSE(damaged);
    EXPECT_THAT(damaged.error().line(), HasSubstr("has a bit set behind the last element"));
}

} // namespace nms::test
