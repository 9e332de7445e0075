// SPDX-License-Identifier: Apache-2.0
// A solver that errs is caught before its mask leaves: by solving a file, which writes nothing, and by a picture.
#include "core/jobs/export_mask.h"
#include "core/jobs/render_values.h"
#include "core/jobs/solve_file.h"
#include "core/jobs/solve_matrix.h"
#include "core/solver/solve.h"
#include "tests/support/erring_backend.h"
#include "tests/unit/jobs_support.h"

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;

class JobsHandOver : public JobsTest
{
protected:
    JobsHandOver() { m_options.pattern = {4, 8}; }

    static std::vector<ErringBackend::Spoil> spoils()
    {
        return {ErringBackend::oneBitMore, ErringBackend::oneEntryMore, ErringBackend::wrongObjective};
    }
    static Matrix<float> weights()
    {
        Matrix<float> weights(64, 96);
        for (std::int64_t cell = 0; cell < weights.size(); ++cell)
            weights.data()[cell] = float((cell * 37) % 101) - 50;
        return weights;
    }

    SolveOptions m_options;
};

TEST_F(JobsHandOver, SolvingAFileWritesNothingOfAWrongMask)
{
    write("w.safetensors", {gaussianWeights("layer/w", {64, 96}, 7)});
    for (const ErringBackend::Spoil &spoil : spoils())
        for (const MaskFormat format : {MaskFormat::Bytes, MaskFormat::Packed, MaskFormat::Applied})
            for (const char *target : {"m.safetensors", "m.h5"})
                for (const std::int64_t memoryLimit : {std::int64_t(1) << 30, std::int64_t(24 * 96 * 40)}) { // and in panels
                    ErringBackend backend(spoil);
                    const auto solved = jobs::solveFile({.file = path("w.safetensors"),
                                                         .out = path(target),
                                                         .options = m_options,
                                                         .format = format,
                                                         .memoryLimit = memoryLimit},
                                                        backend, {});
                    ASSERT_FALSE(solved);
                    EXPECT_EQ(solved.error().kind, ErrorKind::Internal);
                    EXPECT_THAT(solved.error().line(), HasSubstr("layer/w: tile (2, 5): "));
                    EXPECT_THAT(solved.error().line(), HasSubstr("a fault of nmscope"));
                    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
                }
}

TEST_F(JobsHandOver, APictureShowsNothingOfAWrongMask)
{
    ErringBackend right([](Solution &, Span2d<const float>) {});
    const Matrix<float> weights = JobsHandOver::weights();
    const auto render = [&](ErringBackend &backend, MatrixView view) {
        return jobs::valuesOf(view, weights, {0, 64, 0, 96}, &backend, m_options, {}, {}, {});
    };
    EXPECT_TRUE(render(right, MatrixView::Mask));
    for (const ErringBackend::Spoil &spoil : spoils())
        for (const MatrixView view : {MatrixView::Mask, MatrixView::Error}) {
            ErringBackend backend(spoil);
            const auto values = render(backend, view);
            ASSERT_FALSE(values);
            EXPECT_THAT(values.error().line(), HasSubstr("a fault of nmscope"));
        }
}

TEST_F(JobsHandOver, AMatrixInMemoryIsCheckedToo)
{
    const Matrix<float> weights = JobsHandOver::weights();
    const Matrix<float> score = magnitudeScore(weights.span());
    EXPECT_TRUE(jobs::solveMatrix(*m_cpu, score.span(), m_options, {}));
    for (const ErringBackend::Spoil &spoil : spoils()) {
        ErringBackend backend(spoil);
        const auto solution = jobs::solveMatrix(backend, score.span(), m_options, {});
        ASSERT_FALSE(solution);
        EXPECT_EQ(solution.error().kind, ErrorKind::Internal);
    }
}

TEST_F(JobsHandOver, NoWrongMaskIsExported)
{
    const NamedWeights tensor = gaussianWeights("layer/w", {64, 96}, 7);
    write("w.safetensors", {tensor});
    const Span2d<const float> values(tensor.values.data(), 64, 96);
    ErringBackend backend(ErringBackend::oneBitMore);
    const auto solution = backend.solve(magnitudeScore(values).span(), m_options, {});
    ASSERT_TRUE(solution);
    TensorInfo info;
    info.path = tensor.path;
    info.shape = tensor.shape;
    info.dtype = DType::F32;
    const Status exported = jobs::exportMask({path("w.safetensors"), path("m.h5")}, info, *solution, {});
    ASSERT_FALSE(exported);
    EXPECT_EQ(exported.error().kind, ErrorKind::Internal);
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
}

} // namespace nms::test
