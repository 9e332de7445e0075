// SPDX-License-Identifier: Apache-2.0
// nmscope render: a picture of a tensor as the window shows it, without the window.
#include "app/cli/backend_choice.h"
#include "app/cli/command.h"
#include "app/cli/common_options.h"
#include "app/cli/mask_report.h"
#include "app/cli/output.h"
#include "app/cli/png_file.h"
#include "app/cli/render_scene.h"
#include "app/cli/row_panels.h"
#include "app/cli/tensor_selection.h"
#include "core/io/atomic_file.h"
#include "core/io/weights_file.h"
#include "core/io/weights_format.h"
#include "gpu/vulkan/heatmap_renderer.h"

#include <CLI/CLI.hpp>
#include <QImage>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

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
    RunArguments run;
    std::string memoryLimit;
};

/// With Vulkan as the window does it, or painted on the CPU: the same picture, later.
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

/// Before the work, so that a folder that is not there is told at once.
Result<AtomicFile> makeTarget(const Arguments &arguments)
{
    if (std::filesystem::path(arguments.out).extension() != ".png")
        return fail(ErrorKind::Usage, arguments.out, "pictures are written as PNG", "let the name end in .png");
    return AtomicFile::create(arguments.out, arguments.file);
}

Result<CellRegion> regionOf(const Arguments &arguments, const std::string &where, const TensorInfo &tensor)
{
    if (arguments.region.empty())
        return CellRegion{0, tensor.rows(), 0, tensor.cols()};
    Result<CellRegion> region = CellRegion::parse(arguments.region);
    if (region && (region->row1 > tensor.rows() || region->col1 > tensor.cols()))
        return fail(ErrorKind::Usage, where,
                    "--region " + arguments.region + " reaches beyond its " + std::to_string(tensor.rows()) + " rows and " +
                        std::to_string(tensor.cols()) + " columns",
                    "choose a region inside");
    return region;
}

Result<ExitCode> render(const Arguments &arguments, const std::stop_token &stop)
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
        arguments.memoryLimit.empty() ? Result<std::int64_t>(halfOfMemory()) : parseByteSize(arguments.memoryLimit);
    if (!limit)
        return fail(limit.error());
    if (arguments.iteration && *arguments.iteration < 0)
        return fail(ErrorKind::Usage, "--iteration", "is negative", "count from 0, the start");
    const auto options = makeSolveOptions(arguments.run, *pattern, *method);
    if (!options)
        return fail(options.error());
    auto target = makeTarget(arguments);
    if (!target)
        return fail(target.error());

    const auto source = openWeights(arguments.file, stop);
    if (!source)
        return fail(source.error());
    const auto selection = selectTensors(**source, {arguments.tensor}, needsSolver(*view) ? pattern->m : 1);
    if (!selection)
        return fail(selection.error());
    const TensorInfo &tensor = selection->taken.front();
    const auto region = regionOf(arguments, (*source)->fileName() + ": " + tensor.path, tensor);
    if (!region)
        return fail(region.error());
    std::shared_ptr<SolverBackend> backend;
    if (needsSolver(*view)) {
        const bool live = *view == MatrixView::Plan || arguments.iteration;
        auto chosen = chooseBackend(arguments.run.backend, *options, live ? BackendUse::Live : BackendUse::Batch);
        if (!chosen)
            return fail(chosen.error());
        backend = std::move(*chosen);
    }

    const NonFinite nonFinite = needsSolver(*view) ? NonFinite::Refused : NonFinite::Allowed;
    const auto weights = readWhole(**source, tensor, *limit / 4, nonFinite, stop); // beside it: score, values, picture
    if (!weights)
        return fail(weights.error());
    auto values = valuesOf(*view, *weights, *region, backend.get(), *options, arguments.iteration, stop);
    if (!values)
        return fail(errorIn((*source)->fileName(), tensor.path, values.error()));
    const bool showsTiles = needsSolver(*view) || !arguments.pattern.empty();
    const Image image = draw(makeScene(*view, *weights, *region, std::move(values->cells), *pattern, showsTiles));
    if (stop.stop_requested())
        return fail(cancelled());
    if (const Status written = writePng(viewOf(image), *target, stop); !written)
        return fail(written.error());
    ConvergenceCount count;
    count.add(values->totals, tensor.path);
    if (const auto warning = count.warning(*options))
        printMessage("nmscope render", "warning: " + *warning);
    const Status printed = printText(arguments.out + ": " + arguments.view + " of " + printable(tensor.path) + ", " +
                                     std::to_string(image.width) + "×" + std::to_string(image.height) + " pixels\n");
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
    command->add_option("--tensor", arguments->tensor, "Which tensor")->required()->type_name("PATH");
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
