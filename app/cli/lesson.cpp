// SPDX-License-Identifier: Apache-2.0
// nmscope lesson check: whether lesson files can be read, and whether the figures in them are those that the program
// computes.
#include "app/assets/asset_files.h"
#include "app/cli/command.h"
#include "app/cli/job_view.h"
#include "app/cli/output.h"
#include "core/lesson/lesson_check.h"
#include "core/lesson/lesson_reader.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

struct Arguments {
    std::string action;
    std::vector<std::string> files;
    bool json = false;
};

struct Report {
    std::string file;
    lesson::Lesson lesson; // empty if it cannot be read
    std::vector<Error> errors;

    std::int64_t questions() const
    {
        return std::count_if(lesson.steps.begin(), lesson.steps.end(),
                             [](const lesson::Step &step) { return bool(step.question); });
    }
};

Report examine(const std::string &file, const std::stop_token &stop)
{
    Report report{file, {}, {}};
    Result<lesson::Lesson> read = lesson::readLesson(file);
    if (!read) {
        report.errors.push_back(read.error());
        return report;
    }
    report.lesson = std::move(*read);
    JobView view("nmscope lesson check", "figures");
    lesson::CaseValues values({sampleWeightsFile(), sampleCalibrationFile()});
    report.errors = lesson::checkLesson(report.lesson, values, view.progress(stop));
    return report;
}

nlohmann::json toJson(const Report &report)
{
    nlohmann::json errors = nlohmann::json::array();
    for (const Error &error : report.errors)
        errors.push_back({{"where", error.where}, {"what", error.what}, {"remedy", error.remedy}});
    return {{"file", report.file},
            {"title", report.lesson.title},
            {"steps", report.lesson.steps.size()},
            {"questions", report.questions()},
            {"figures", report.lesson.figures.size()},
            {"errors", errors}};
}

Result<ExitCode> check(const Arguments &arguments, const std::stop_token &stop)
{
    std::vector<std::string> files = arguments.files;
    if (files.empty())
        files = lessonFiles();
    if (files.empty())
        return fail(ErrorKind::Usage, "FILE", "no lessons are installed", "name the files to check");
    nlohmann::json all = nlohmann::json::array();
    TextTable table({"lesson", "title", "steps", "questions", "figures", "errors"});
    bool isRight = true;
    for (const std::string &file : files) {
        const Report report = examine(file, stop);
        for (const Error &error : report.errors) {
            if (error.kind == ErrorKind::Cancelled)
                return fail(error);
            printMessage("nmscope lesson check", error.line());
        }
        isRight = isRight && report.errors.empty();
        all.push_back(toJson(report));
        table.addRow({printable(file), printable(report.lesson.title), formatCount(std::int64_t(report.lesson.steps.size())),
                      formatCount(report.questions()), formatCount(std::int64_t(report.lesson.figures.size())),
                      formatCount(std::int64_t(report.errors.size()))});
    }
    const Status printed =
        arguments.json ? printJson({{"lessons", all}, {"version", NMS_VERSION}}) : printText(table.text());
    if (!printed)
        return fail(printed.error());
    return isRight ? ExitCode::Done : ExitCode::Failed;
}

} // namespace

void addLesson(CLI::App &app, Action &chosen)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App *command =
        app.add_subcommand("lesson", "Check lesson files: read them and compute every figure that they print");
    command->add_option("ACTION", arguments->action, "What to do: check")
        ->required()
        ->check(CLI::IsMember({"check"}))
        ->type_name("");
    command->add_option("FILE", arguments->files, "Lesson files; without one, the lessons that come with the program")
        ->type_name("");
    command->add_flag("--json", arguments->json, "Print one JSON object");
    command->footer("Example:\n  nmscope lesson check my-lesson.md\n"
                    "Each error is told with file, line and what to do. Exit status 1 where there are any.");
    command->callback([&chosen, arguments] {
        chosen = [arguments](const std::stop_token &stop) {
            return check(*arguments, stop);
        };
    });
}

} // namespace nms::cli
