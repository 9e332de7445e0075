// SPDX-License-Identifier: Apache-2.0
// nmscope render: writes a picture of a tensor as the window shows it, without a window.
#include "app/cli/backend_choice.h"
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/job_view.h"
#include "app/cli/mask_text.h"
#include "app/cli/output.h"
#include "app/cli/png_file.h"
#include "core/io/disk/atomic_file.h"
#include "core/io/weights_file.h"
#include "core/io/weights_format.h"
#include "core/jobs/memory_limit.h"
#include "core/jobs/render_scene.h"
#include "gpu/vulkan/heatmap_renderer.h"

#include <CLI/CLI.hpp>
#include <QImage>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

struct Arguments {
    std::string file;
    std::string out;
    std::string tensor;
    std::string view;
    std::string pattern;
    std::string method = "dykstra";
    std::string region;
    std::optional<int> iteration;
    std::string score;
    std::vector<AxesRule> axes;
    RunArguments run;
    std::string memoryLimit;
};

/// Draws with Vulkan like the window, or else on the CPU: the same picture, more slowly.
Image draw(const HeatmapScene &scene)
{
    const auto device = vulkan::Device::createHeadless(false);
    if (device) {
        Result<Image> image = vulkan::renderOffscreen(**device, scene);
        if (image)
            return std::move(*image);
        printMessage("nmscope render", "note: painted without Vulkan: " + image.error().line());
    } else {
        printMessage("nmscope render", "note: painted without Vulkan: " + device.error().line());
    }
    return paintHeatmap(scene);
}

QImage viewOf(const Image &image)
{
    static_assert(sizeof(Rgba8) == 4);
    return QImage(reinterpret_cast<const uchar *>(image.pixels.data()), image.width, image.height, image.width * 4,
                  QImage::Format_RGBA8888);
}

/// Created before the work, so that a missing folder is reported immediately.
Result<AtomicFile> makeTarget(const Arguments &arguments)
{
    if (std::filesystem::path(arguments.out).extension() != ".png")
        return fail(ErrorKind::Usage, arguments.out, "pictures are written as PNG", "use a name ending in .png");
    return AtomicFile::create(arguments.out, arguments.file);
}

Result<jobs::RenderSettings> settingsOf(const Arguments &arguments)
{
    const auto view = viewByName(arguments.view);
    if (!view)
        return fail(ErrorKind::Usage, "--view", "there is no view \"" + arguments.view + "\"",
                    "choose weights, score, plan, mask or error");
    const auto pattern = arguments.pattern.empty() ? Result<NmPattern>(NmPattern{8, 16}) : parsePattern(arguments.pattern);
    if (!pattern)
        return fail(pattern.error());
    const auto method = parseMethod(arguments.method);
    if (!method)
        return fail(method.error());
    const auto limit =
        arguments.memoryLimit.empty() ? Result<std::int64_t>(jobs::halfOfMemory()) : parseByteSize(arguments.memoryLimit);
    if (!limit)
        return fail(limit.error());
    const auto options = makeSolveOptions(arguments.run, *pattern, *method);
    if (!options)
        return fail(options.error());
    std::optional<jobs::CellRegion> region;
    if (!arguments.region.empty()) {
        const auto parsed = jobs::CellRegion::parse(arguments.region);
        if (!parsed)
            return fail(parsed.error());
        region = *parsed;
    }
    const bool tileBorders = jobs::needsSolver(*view) || !arguments.pattern.empty();
    return jobs::RenderSettings{.file = arguments.file,
                                .tensor = arguments.tensor,
                                .view = *view,
                                .axes = arguments.axes,
                                .region = region,
                                .options = *options,
                                .iteration = arguments.iteration,
                                .tileBorders = tileBorders,
                                .memoryLimit = *limit,
                                .score = arguments.score};
}

Result<jobs::RenderedScene> renderWithView(const jobs::RenderSettings &settings, SolverBackend *backend,
                                           const std::stop_token &stop)
{
    JobView view("nmscope render");
    return jobs::renderScene(settings, backend, view.progress(stop), view.events());
}

Result<ExitCode> render(const Arguments &arguments, const std::stop_token &stop)
{
    const auto settings = settingsOf(arguments);
    if (!settings)
        return fail(settings.error());
    auto target = makeTarget(arguments);
    if (!target)
        return fail(target.error());
    std::shared_ptr<SolverBackend> backend;
    if (jobs::needsSolver(settings->view)) {
        const bool live = settings->view == MatrixView::Plan || settings->iteration;
        auto chosen = chooseBackend(arguments.run.backend, settings->options, live ? BackendUse::Live : BackendUse::Batch);
        if (!chosen)
            return fail(chosen.error());
        backend = std::move(*chosen);
    }

    const auto rendered = renderWithView(*settings, backend.get(), stop);
    if (!rendered)
        return fail(rendered.error());
    const Image image = draw(rendered->scene);
    if (stop.stop_requested())
        return fail(jobs::cancelled());
    if (const Status written = writePng(viewOf(image), *target, stop); !written)
        return fail(written.error());
    jobs::Convergence convergence;
    convergence.add(rendered->totals, rendered->tensor.path);
    if (const auto warning = warningOf(convergence, settings->options))
        printMessage("nmscope render", "warning: " + *warning);
    const Status printed = printText(arguments.out + ": " + arguments.view + " of " + printable(rendered->tensor.path) +
                                     ", " + std::to_string(image.width) + "×" + std::to_string(image.height) + " pixels\n");
    if (!printed)
        return fail(printed.error());
    return ExitCode::Done;
}

} // namespace

void addRender(CLI::App &app, Action &chosen)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App *command = app.add_subcommand("render", "Draw weights, scores, plan, mask or error of a tensor as a PNG");
    command->add_option("FILE", arguments->file, "Weights, " + readableEndings())->required()->type_name("");
    command
        ->add_option("--tensor", arguments->tensor,
                     "Which tensor: its name, or a glob that matches one; NAME[1,2] is one matrix of a stack")
        ->required()
        ->type_name("GLOB");
    addAxesOption(*command, arguments->axes);
    command->add_option("--view", arguments->view, "weights, score, plan, mask or error")->required()->type_name("VIEW");
    command->add_option("-o,--output", arguments->out, "The picture")->required()->type_name("OUT.png");
    command->add_option("--pattern", arguments->pattern, "Keep N of every M (8:16 unless given)")->type_name("N:M");
    command->add_option("--method", arguments->method, "Solver of plan, mask and error")
        ->capture_default_str()
        ->type_name("NAME");
    command->add_option("--iteration", arguments->iteration, "Show the state after K iterations, not the end")
        ->type_name("K");
    command->add_option("--region", arguments->region, "Rows and columns to show, half-open")->type_name("r0:r1,c0:c1");
    addRunOptions(*command, arguments->run);
    addWarmStartOption(*command, arguments->run);
    addRoundingOption(*command, arguments->run);
    addScoreOption(*command, arguments->score);
    addMemoryLimitOption(*command, arguments->memoryLimit);
    command->footer("Example:\n  nmscope render model.h5 --tensor encoder/query/weight --view plan --iteration 40 "
                    "--region 0:128,0:128 -o plan.png\n"
                    "The plan needs a method that can be stepped (dykstra, exact). Small regions get many pixels a cell; "
                    "pictures are at\n"
                    "most 8192 pixels a side, larger matrices are averaged.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            return render(*arguments, stop);
        };
    });
}

} // namespace nms::cli
