// SPDX-License-Identifier: Apache-2.0
#include "app/cli/bench_io.h"

#include "app/cli/backend_choice.h"
#include "app/cli/common_options.h"
#include "app/cli/output.h"
#include "app/cli/progress_bar.h"
#include "core/bench/io/io_report.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <unistd.h>

namespace nms::cli {

namespace {

/// A folder of this process below TMPDIR, removed with everything in it.
class ScratchFolder
{
public:
    static Result<std::unique_ptr<ScratchFolder>> create()
    {
        std::error_code error;
        const std::filesystem::path base = std::filesystem::temp_directory_path(error);
        std::string name = (base / "nmscope-bench-XXXXXX").string();
        if (error || mkdtemp(name.data()) == nullptr)
            return fail(ErrorKind::Io, base.string(), "no folder can be made there",
                        "set TMPDIR to a folder with room for the outputs");
        return std::unique_ptr<ScratchFolder>(new ScratchFolder(std::move(name)));
    }
    ScratchFolder(const ScratchFolder &) = delete;
    ScratchFolder &operator=(const ScratchFolder &) = delete;
    ~ScratchFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_name, ignored);
    }
    const std::string &name() const { return m_name; }

private:
    explicit ScratchFolder(std::string name) : m_name(std::move(name)) { }
    const std::string m_name;
};

} // namespace

Result<ExitCode> benchIo(bench::IoSetup setup, const std::string &size, bool json, const std::stop_token &stop)
{
    const auto bytes = parseByteSize(size);
    if (!bytes)
        return fail(bytes.error());
    const auto folder = ScratchFolder::create();
    if (!folder)
        return fail(folder.error());
    const auto backend = chooseBackend("auto", setup.options, BackendUse::Batch);
    if (!backend)
        return fail(backend.error());
    setup.folder = (*folder)->name();
    ProgressBar bar;
    if (setup.file.empty()) {
        setup.file = setup.folder + "/weights.safetensors";
        bar.setLabel("making a file of weights");
        if (const Status written = bench::writeGaussianWeights(setup.file, *bytes, stop); !written)
            return fail(written.error());
    }
    const auto result = bench::runIoBench(
        setup, **backend,
        [&](const std::string &step, double share) {
            bar.setLabel(step);
            bar.setShare(share);
        },
        stop);
    if (!result)
        return fail(result.error());
    const bench::Table table = bench::ioTableOf(*result);
    TextTable cells(table.head);
    for (const std::vector<std::string> &row : table.rows)
        cells.addRow(row);
    const Status printed = json ? printJson(bench::ioToJson(*result))
                                : printText(table.title + "\n" + cells.text() + "\n" + bench::ioLegendOf(*result));
    if (!printed)
        return fail(printed.error());
    const bool failed = std::ranges::any_of(result->steps, [](const bench::IoStep &step) { return !step.failure.empty(); });
    return failed ? ExitCode::Failed : ExitCode::Done;
}

} // namespace nms::cli
