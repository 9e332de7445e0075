// SPDX-License-Identifier: Apache-2.0
// nmscope render: writes a picture of a tensor as the window shows it, without a window.
#include "app/cli/backend_choice.h"
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/heatmap_drawer.h"
#include "app/cli/job_view.h"
#include "app/cli/mask_text.h"
#include "app/cli/output.h"
#include "app/cli/png_file.h"
#include "app/cli/scene_film.h"
#include "core/io/disk/atomic_file.h"
#include "core/io/weights_file.h"
#include "core/io/weights_format.h"
#include "core/jobs/memory_limit.h"
#include "core/jobs/render_animation.h"

#include <CLI/CLI.hpp>

#include <algorithm>
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
    bool animate = false;
    int frames = 60;
    int framesPerSecond = 12;
    std::optional<int> pixels;
    std::string score;
    std::vector<AxesRule> axes;
    RunArguments run;
    std::string memoryLimit;
};

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
                                .pixels = arguments.pixels.value_or(arguments.animate ? 768 : 1536),
                                .memoryLimit = *limit,
                                .score = arguments.score};
}

Result<jobs::RenderedScene> renderWithView(const jobs::RenderSettings &settings, SolverBackend *backend,
                                           const std::stop_token &stop)
{
    JobView view("nmscope render");
    return jobs::renderScene(settings, backend, view.progress(stop), view.events());
}

Result<std::shared_ptr<SolverBackend>> backendFor(const Arguments &arguments, const jobs::RenderSettings &settings)
{
    if (!jobs::needsSolver(settings.view))
        return std::shared_ptr<SolverBackend>();
    const bool live = settings.view == MatrixView::Plan || settings.iteration || arguments.animate;
    return chooseBackend(arguments.run.backend, settings.options, live ? BackendUse::Live : BackendUse::Batch);
}

Result<ExitCode> animate(const Arguments &arguments, const jobs::RenderSettings &settings, SolverBackend *backend,
                         const std::stop_token &stop)
{
    auto film = createSceneFilm(arguments.out, arguments.file, arguments.framesPerSecond);
    if (!film)
        return fail(film.error());
    const auto rendered = [&] {
        JobView view("nmscope render");
        return jobs::renderAnimation(
            settings, arguments.frames, backend, view.progress(stop), view.events(),
            [&](const HeatmapScene &scene, int iteration, int last) { return (*film)->add(scene, iteration, last); });
    }();
    if (!rendered)
        return fail(rendered.error());
    if (const Status written = (*film)->commit(stop); !written)
        return fail(written.error());
    const Status printed = printText(arguments.out + ": " + arguments.view + " of " + printable(rendered->tensor.path) +
                                     ", " + std::to_string(rendered->iterations.size()) + " frames, iterations 0 to " +
                                     std::to_string(rendered->iterations.back()) + "\n");
    if (!printed)
        return fail(printed.error());
    return ExitCode::Done;
}

Result<ExitCode> render(const Arguments &arguments, const std::stop_token &stop)
{
    const auto settings = settingsOf(arguments);
    if (!settings)
        return fail(settings.error());
    const auto backend = backendFor(arguments, *settings);
    if (!backend)
        return fail(backend.error());
    if (arguments.animate)
        return animate(arguments, *settings, backend->get(), stop);
    auto target = makeTarget(arguments);
    if (!target)
        return fail(target.error());
    const auto rendered = renderWithView(*settings, backend->get(), stop);
    if (!rendered)
        return fail(rendered.error());
    const Image image = makeHeatmapDrawer()(rendered->scene);
    if (stop.stop_requested())
        return fail(jobs::cancelled());
    if (const Status written = writePng(image, *target, stop); !written)
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
    command->add_option("-o,--output", arguments->out, "The picture, or the film")->required()->type_name("OUT.png");
    command->add_option("--pattern", arguments->pattern, "Keep N of every M (8:16 unless given)")->type_name("N:M");
    command->add_option("--method", arguments->method, "Solver of plan, mask and error")
        ->capture_default_str()
        ->type_name("METHOD");
    command->add_option("--iteration", arguments->iteration, "Show the state after K iterations, not the end")
        ->type_name("K");
    CLI::Option *animate = command->add_flag("--animate", arguments->animate,
                                             "Film plan, mask or error from the first iteration to the last (or to "
                                             "--iteration): OUT.gif, OUT.mp4 (with ffmpeg), or "
                                             "OUT-%04d.png for numbered pictures");
    command->add_option("--frames", arguments->frames, "At most so many frames, closer together at the beginning")
        ->needs(animate)
        ->check(CLI::Range(2, 600))
        ->capture_default_str();
    command->add_option("--fps", arguments->framesPerSecond, "Frames per second")
        ->needs(animate)
        ->check(CLI::Range(1, 50))
        ->capture_default_str();
    command
        ->add_option("--pixels", arguments->pixels,
                     "About so many pixels on the longer side, in whole pixels per cell (1536; of films 768)")
        ->check(CLI::Range(16, 8192))
        ->type_name("N");
    command->add_option("--region", arguments->region, "Rows and columns to show, half-open")->type_name("r0:r1,c0:c1");
    addRunOptions(*command, arguments->run);
    addWarmStartOption(*command, arguments->run);
    addRoundingOption(*command, arguments->run);
    addScoreOption(*command, arguments->score);
    addMemoryLimitOption(*command, arguments->memoryLimit);
    command->footer(
        "Example:\n  nmscope render model.h5 --tensor encoder/query/weight --view plan --iteration 40 "
        "--region 0:128,0:128 -o plan.png\n"
        "  nmscope render model.h5 --tensor encoder/query/weight --view plan --animate --region 0:64,0:64 -o plan.gif\n"
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
