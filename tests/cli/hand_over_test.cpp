// SPDX-License-Identifier: Apache-2.0
// A solver that errs is caught before its mask leaves: by solve, which writes nothing, and by render.
#include "app/cli/render_scene.h"
#include "app/cli/solve_run.h"
#include "core/io/mask_writer.h"
#include "core/io/weights_file.h"
#include "core/solver/solve.h"
#include "tests/cli/cli_fixture.h"
#include "tests/support/erring_backend.h"

namespace nms::test {

using testing::HasSubstr;

class CliHandOver : public CliTest
{ };

TEST_F(CliHandOver, SolveWritesNothingOfAWrongMask)
{
    writeSafetensors(path("w.safetensors"), {{"layer/w", gaussianTensor({64, 96}, 7)}});
    SolveOptions options;
    options.pattern = {4, 8};
    for (const ErringBackend::Spoil &spoil :
         {ErringBackend::Spoil(ErringBackend::oneBitMore), ErringBackend::Spoil(ErringBackend::oneEntryMore),
          ErringBackend::Spoil(ErringBackend::wrongObjective)})
        for (const MaskFormat format : {MaskFormat::Bytes, MaskFormat::Packed, MaskFormat::Applied})
            for (const char *target : {"m.safetensors", "m.h5"}) {
                ErringBackend backend(spoil);
                const auto solver = backend.startWeights(options);
                ASSERT_TRUE(solver);
                const auto source = openWeights(path("w.safetensors"));
                ASSERT_TRUE(source);
                {
                    const auto writer = MaskWriter::create(path(target), path("w.safetensors"), format);
                    ASSERT_TRUE(writer);
                    cli::SolveRun run(**source, **solver, **writer, options, {});
                    const TensorInfo &tensor = (*source)->tensors().front();
                    run.expectTiles(96);
                    const auto solved = run.solve(tensor, 24 * 96); // in panels
                    ASSERT_FALSE(solved);
                    EXPECT_EQ(solved.error().kind, ErrorKind::Internal);
                    EXPECT_THAT(solved.error().line(), HasSubstr("layer/w: tile (2, 5): "));
                    EXPECT_THAT(solved.error().line(), HasSubstr("a fault of nmscope"));
                    EXPECT_FALSE((*writer)->commit());
                }
                EXPECT_THAT(filesLeft(), testing::ElementsAre("w.safetensors"));
            }
}

TEST_F(CliHandOver, RenderShowsNothingOfAWrongMask)
{
    Matrix<float> weights(64, 96);
    for (std::int64_t cell = 0; cell < weights.size(); ++cell)
        weights.data()[cell] = float((cell * 37) % 101) - 50;
    SolveOptions options;
    options.pattern = {4, 8};
    ErringBackend right([](Solution &, Span2d<const float>) {});
    const auto render = [&](ErringBackend &backend, MatrixView view) {
        return cli::valuesOf(view, weights, {0, 64, 0, 96}, &backend, options, {}, {});
    };
    EXPECT_TRUE(render(right, MatrixView::Mask));
    for (const ErringBackend::Spoil &spoil :
         {ErringBackend::Spoil(ErringBackend::oneBitMore), ErringBackend::Spoil(ErringBackend::oneEntryMore),
          ErringBackend::Spoil(ErringBackend::wrongObjective)})
        for (const MatrixView view : {MatrixView::Mask, MatrixView::Error}) {
            ErringBackend backend(spoil);
            const auto values = render(backend, view);
            ASSERT_FALSE(values);
            EXPECT_THAT(values.error().line(), HasSubstr("a fault of nmscope"));
        }
}

} // namespace nms::test
