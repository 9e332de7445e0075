// SPDX-License-Identifier: Apache-2.0
// What can run a tensor's zeros: the rules of each engine, on patterns made by hand.
#include "core/jobs/hardware.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>

namespace nms::jobs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TensorInfo tensorOf(std::vector<std::int64_t> shape, DType dtype)
{
    TensorInfo tensor;
    tensor.path = "w";
    tensor.shape = std::move(shape);
    tensor.dtype = dtype;
    tensor.storedType = nameOf(dtype);
    if (tensor.shape.size() == 4)
        tensor.axes.letters = "oihw";
    return tensor;
}

/// The verdict of each engine in one direction.
std::map<std::string, HardwareVerdict> verdictsOf(const HardwareFacts &facts, bool alongRows = true)
{
    std::map<std::string, HardwareVerdict> verdicts;
    for (const HardwareVerdict &verdict : facts.verdicts)
        if (verdict.alongRows == alongRows)
            verdicts[std::string(verdict.engine->id)] = verdict;
    return verdicts;
}

DetectedPatterns alongRows(std::vector<NmPattern> patterns, HardwareGroups groups = {})
{
    DetectedPatterns found;
    found.alongRows = std::move(patterns);
    found.rowGroups = groups;
    return found;
}

const std::vector<NmPattern> twoOfFour{{2, 4}, {4, 8}, {8, 16}};

TEST(Hardware, HalvesOf64By64RunEverywhere)
{
    for (const DType dtype : {DType::F16, DType::BF16}) {
        const HardwareFacts facts = hardwareOf(tensorOf({64, 64}, dtype), alongRows(twoOfFour));
        const auto verdicts = verdictsOf(facts);
        for (const char *engine : {"torch-cusparselt", "torch-cutlass", "cusparselt", "hipsparselt"}) {
            ASSERT_TRUE(verdicts.contains(engine)) << engine;
            EXPECT_TRUE(verdicts.at(engine).runs()) << engine;
            EXPECT_TRUE(verdicts.at(engine).forward);
            EXPECT_EQ(verdicts.at(engine).pattern.text(), "2:4");
        }
        EXPECT_FALSE(verdicts.contains("slidesparse")); // which is for milder ones
        EXPECT_TRUE(verdictsOf(facts, false).empty());
        EXPECT_EQ(facts.brief(), "2:4 fwd");
        EXPECT_EQ(facts.summary(), "2:4 runs forward");
        EXPECT_TRUE(facts.unknown.empty());
    }
}

TEST(Hardware, ShapesAreHeldAgainstEachLibrary)
{
    // PyTorch: 32 × 64 by CUTLASS, 16 × 16 by cuSPARSELt.
    const auto missing = [](std::vector<std::int64_t> shape, const char *engine) {
        return verdictsOf(hardwareOf(tensorOf(std::move(shape), DType::F16), alongRows(twoOfFour))).at(engine).missing;
    };
    EXPECT_THAT(missing({48, 48}, "torch-cusparselt"), ElementsAre());
    EXPECT_THAT(missing({48, 48}, "torch-cutlass"),
                ElementsAre("48 rows, requires multiples of 32", "48 columns, requires multiples of 64"));
    EXPECT_THAT(missing({32, 192}, "torch-cutlass"), ElementsAre());
    EXPECT_THAT(missing({40, 64}, "torch-cusparselt"), ElementsAre("40 rows, requires multiples of 16"));
    EXPECT_THAT(missing({40, 64}, "hipsparselt"), ElementsAre());
    EXPECT_THAT(missing({64, 64, 3, 3}, "torch-cusparselt"), ElementsAre("4 dimensions, takes one matrix at a time"));
    EXPECT_THAT(missing({64, 64, 3, 3}, "tensorrt"), ElementsAre());
}

TEST(Hardware, TypesAreHeldAgainstEachLibrary)
{
    const auto verdicts = verdictsOf(hardwareOf(tensorOf({64, 64}, DType::F32), alongRows(twoOfFour)));
    EXPECT_THAT(verdicts.at("torch-cusparselt").missing, ElementsAre("f32, takes f16, bf16, i8 or f8_e4m3"));
    EXPECT_THAT(verdicts.at("torch-cutlass").missing, ElementsAre("f32, takes f16, bf16 or i8"));
    // CUTLASS takes float32 at 1:2.
    const auto single = verdictsOf(hardwareOf(tensorOf({64, 64}, DType::F32), alongRows({}, {.oneOfTwo = true})));
    EXPECT_TRUE(single.at("torch-cutlass").runs());
    EXPECT_EQ(single.at("torch-cutlass").pattern.text(), "1:2");
    EXPECT_FALSE(single.contains("torch-cusparselt"));
    const HardwareFacts facts = hardwareOf(tensorOf({64, 64}, DType::F64), alongRows(twoOfFour));
    EXPECT_EQ(facts.brief(), "(2:4 fwd)");
    EXPECT_EQ(facts.summary(), "2:4 forward would run, but something is missing");
}

TEST(Hardware, Fp4AsksForPairs)
{
    const TensorInfo tensor = tensorOf({64, 64}, DType::BF16);
    const auto apart = verdictsOf(hardwareOf(tensor, alongRows({{4, 8}, {8, 16}})));
    EXPECT_FALSE(apart.contains("nvfp4"));
    EXPECT_FALSE(apart.contains("torch-cusparselt"));
    const auto paired = verdictsOf(hardwareOf(tensor, alongRows({{4, 8}, {8, 16}}, {.pairedFourOfEight = true})));
    ASSERT_TRUE(paired.contains("nvfp4"));
    EXPECT_EQ(paired.at("nvfp4").pattern.text(), "4:8 in pairs");
    EXPECT_THAT(paired.at("nvfp4").missing, ElementsAre("bf16, takes f4_e2m1"));
}

TEST(Hardware, MilderPatternsRunByTheCodeOfAPaper)
{
    const TensorInfo tensor = tensorOf({64, 96}, DType::F16);
    const auto pattern = [&](const DetectedPatterns &found) {
        return verdictsOf(hardwareOf(tensor, found)).at("slidesparse").pattern.text();
    };
    EXPECT_EQ(pattern(alongRows({{6, 8}, {12, 16}})), "6:8");
    EXPECT_EQ(pattern(alongRows({{14, 16}})), "14:16");
    EXPECT_EQ(pattern(alongRows({}, {.fourOfSix = true})), "4:6");
    const HardwareFacts facts = hardwareOf(tensor, alongRows({{6, 8}, {12, 16}}));
    EXPECT_THAT(facts.unknown, ElementsAre(NmPattern{6, 8})); // it runs, but no released library supports it
    EXPECT_EQ(facts.summary(), "6:8 runs forward; no released library supports 6:8");
}

TEST(Hardware, NothingThatShipsTakes8Of16)
{
    for (const NmPattern pattern : {NmPattern{8, 16}, NmPattern{16, 32}}) {
        DetectedPatterns both = alongRows({pattern});
        both.alongColumns = both.transposable = both.alongRows;
        const HardwareFacts facts = hardwareOf(tensorOf({64, 64}, DType::F16), both);
        for (const HardwareVerdict &verdict : facts.verdicts)
            EXPECT_FALSE(verdict.engine->ships);
        EXPECT_THAT(facts.unknown, ElementsAre(pattern));
        EXPECT_THAT(facts.summary(), HasSubstr("no released library supports " + pattern.text()));
    }
}

TEST(Hardware, TransposableTwoOfFourRunsBothWays)
{
    DetectedPatterns both = alongRows(twoOfFour);
    both.alongColumns = both.transposable = twoOfFour;
    const HardwareFacts facts = hardwareOf(tensorOf({32, 64}, DType::F16), both);
    EXPECT_EQ(facts.brief(), "2:4 fwd+bwd");
    EXPECT_EQ(facts.summary(), "2:4 runs forward and backward");
    // Backward the transposed matrix, 64 × 32, is packed: 32 columns are too few for CUTLASS.
    EXPECT_TRUE(verdictsOf(facts, true).at("torch-cutlass").runs());
    EXPECT_THAT(verdictsOf(facts, false).at("torch-cutlass").missing, ElementsAre("32 rows, requires multiples of 64"));
    EXPECT_FALSE(verdictsOf(facts, false).at("torch-cutlass").forward);
}

TEST(Hardware, InKerasLayoutInputsAreRows)
{
    DetectedPatterns down;
    down.alongColumns = twoOfFour;
    const TensorInfo tensor = tensorOf({64, 32}, DType::F16);
    const HardwareFacts facts = hardwareOf(tensor, {64, 32, 2, false}, down);
    EXPECT_EQ(facts.brief(), "2:4 fwd");
    EXPECT_TRUE(verdictsOf(facts, false).at("torch-cutlass").runs());
    EXPECT_EQ(hardwareOf(tensor, down).brief(), "2:4 bwd");
}

TEST(Hardware, ChanceIsNoPattern)
{
    // What zeros in any place leave.
    const HardwareFacts facts = hardwareOf(tensorOf({64, 64}, DType::F16), alongRows({{13, 16}, {23, 32}, {38, 64}}));
    EXPECT_TRUE(facts.unknown.empty());
    EXPECT_EQ(facts.brief(), "14:16 fwd"); // which it implies all the same
}

TEST(Hardware, DenseWeightsRunNowhere)
{
    const HardwareFacts facts = hardwareOf(tensorOf({64, 64}, DType::F16), DetectedPatterns());
    EXPECT_TRUE(facts.verdicts.empty());
    EXPECT_EQ(facts.brief(), "");
    EXPECT_EQ(facts.summary(), "no supported pattern holds");
}

TEST(Hardware, EachFactHasASourceAndADate)
{
    std::set<std::string_view> ids;
    for (const HardwareEngine &engine : hardwareEngines()) {
        EXPECT_TRUE(ids.insert(engine.id).second) << engine.id;
        EXPECT_TRUE(engine.source.starts_with("https://")) << engine.id;
        EXPECT_EQ(engine.lookedUp.size(), 10U) << engine.id;
        EXPECT_FALSE(engine.rules.empty()) << engine.id;
        EXPECT_FALSE(engine.version.empty()) << engine.id;
    }
}

} // namespace
} // namespace nms::jobs
