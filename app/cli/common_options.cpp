// SPDX-License-Identifier: Apache-2.0
#include "app/cli/common_options.h"

#include "core/methods/score.h"

#include <CLI/CLI.hpp>

#include <cctype>
#include <charconv>
#include <cmath>

namespace nms::cli {

void addRunOptions(CLI::App &command, RunArguments &arguments)
{
    command
        .add_option("--tau", arguments.tau, "Sharpness of the entropic methods; scores are scaled to [0, 1] in each tile")
        ->capture_default_str();
    command.add_option("--iterations", arguments.iterations, "Iterations of the entropic methods, at most")
        ->capture_default_str();
    command
        .add_option("--tolerance", arguments.tolerance,
                    "They stop a tile at this relative residual of rows and columns, as 0.001; 0 goes by --iterations "
                    "alone (capped: stops at 0.01)")
        ->capture_default_str()
        ->type_name("X");
    command
        .add_option("--backend", arguments.backend,
                    "auto (CUDA where it knows the method), cpu, cuda (all devices) or cuda:N")
        ->capture_default_str()
        ->type_name("BACKEND");
    command.add_option("--threads", arguments.threads, "CPU threads; 0 uses all")->capture_default_str();
}

void addWarmStartOption(CLI::App &command, RunArguments &arguments)
{
    command
        .add_option("--warm-start", arguments.warmStart,
                    "Start each tile where this method ends: exact, dykstra and capped from one another's potentials or "
                    "from a mask of greedy, greedy+swap, bi-nm or max1000; greedy+swap from a mask of dykstra, capped, "
                    "greedy, bi-nm or max1000, which it improves by exchanges; greedy from bi-nm, which it fills up")
        ->type_name("METHOD");
}

void addRoundingOption(CLI::App &command, RunArguments &arguments)
{
    command
        .add_option("--rounding", arguments.rounding,
                    "paper: round a plan as TSENOR published it, by swaps only where they gain, at most 10 a tile (paper:L: "
                    "at most L); rows and columns may keep fewer than N, and are counted")
        ->type_name("paper[:L]");
}

void addScoreOption(CLI::App &command, std::string &score)
{
    std::string rules;
    for (const ScoreRule &rule : scoreRules())
        rules += std::string(rule.name) + " (" + std::string(rule.title) + "), ";
    command
        .add_option("--score", score,
                    "What masks keep the most of: " + rules + "or a file of scores with the tensors' own paths")
        ->type_name("SCORE|FILE");
}

void addTensorOptions(CLI::App &command, jobs::TensorChoice &choice)
{
    addListOption(command, "--tensor", choice.named,
                  "Only these: a name, or a glob as 'model.layers.*.mlp.*' (* also stands for / and .); may be repeated")
        ->type_name("GLOB");
    addListOption(command, "--exclude", choice.excluded, "Not these; may be repeated")->type_name("GLOB");
    command.add_flag("--all", choice.all,
                     "Every matrix, also embeddings, output heads, norms, biases, optimizer state and quantisation scales, "
                     "which are left out otherwise");
    addAxesOption(command, choice.axes);
}

void addAxesOption(CLI::App &command, std::vector<AxesRule> &rules)
{
    command
        .add_option_function<std::vector<std::string>>(
            "--axes",
            [&rules](const std::vector<std::string> &texts) {
                for (const std::string &text : texts) {
                    const Result<AxesRule> rule = AxesRule::parse(text);
                    if (!rule)
                        throw CLI::ValidationError(rule.error().where, rule.error().what + "; " + rule.error().remedy);
                    rules.push_back(*rule);
                }
            },
            "What the dimensions of tensors are, where names and shapes tell it wrong, as '*conv*=oihw': o (out) and i (in) "
            "make the matrix, other letters count the stack; may be repeated")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("GLOB=LETTERS");
}

void addSkipInvalidOption(CLI::App &command, jobs::TensorChoice &choice)
{
    command.add_flag("--skip-invalid", choice.skipInvalid, "Leave out tensors with NaN or Inf instead of ending");
}

void addMemoryLimitOption(CLI::App &command, std::string &text)
{
    command.add_option("--memory-limit", text, "Memory to use at most, as 800M or 2G")->type_name("SIZE");
}

CLI::Option *addListOption(CLI::App &command, const std::string &name, std::vector<std::string> &values,
                           const std::string &description)
{
    return command.add_option(name, values, description)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("TEXT");
}

Result<std::int64_t> parseByteSize(std::string_view text)
{
    const auto misused = [text] {
        return fail(ErrorKind::Usage, "--memory-limit", "\"" + std::string(text) + "\" is no size",
                    "write it as 800M or 2G");
    };
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || !(number > 0))
        return misused();
    std::string unit(end, text.data() + text.size());
    for (char &letter : unit)
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    if (unit.ends_with("ib"))
        unit.resize(unit.size() - 2);
    else if (unit.ends_with("b"))
        unit.resize(unit.size() - 1);
    constexpr std::string_view units = "kmgt";
    if (unit.size() > 1 || (unit.size() == 1 && units.find(unit[0]) == std::string_view::npos))
        return misused();
    const double bytes = number * std::pow(1024.0, unit.empty() ? 0.0 : static_cast<double>(units.find(unit[0]) + 1));
    if (!(bytes >= 1 && bytes < 9e18))
        return misused();
    return static_cast<std::int64_t>(bytes);
}

Result<Method> parseMethod(std::string_view name)
{
    if (const std::optional<Method> method = methodByName(name))
        return *method;
    return fail(ErrorKind::Usage, "--method", "there is not a method \"" + std::string(name) + "\"",
                "choose one of " + listOfMethods());
}

Result<NmPattern> parsePattern(std::string_view text)
{
    Result<NmPattern> pattern = NmPattern::parse(text);
    if (!pattern) {
        Error error = pattern.error();
        error.where = error.where.empty() ? "--pattern" : "--pattern: " + error.where;
        return fail(std::move(error));
    }
    return pattern;
}

static Result<int> parseRounding(std::string_view text)
{
    constexpr std::string_view name = "paper";
    int swaps = 10;
    bool valid = text.starts_with(name);
    if (valid && text.size() > name.size()) {
        const char *begin = text.data() + name.size() + 1, *end = text.data() + text.size();
        const auto [read, error] = std::from_chars(begin, end, swaps);
        valid = text[name.size()] == ':' && error == std::errc() && read == end && swaps >= 0;
    }
    if (!valid)
        return fail(ErrorKind::Usage, "--rounding", "\"" + std::string(text) + "\" is not a rounding",
                    "write paper, or paper:L for at most L swaps a tile");
    return swaps;
}

Result<SolveOptions> makeSolveOptions(const RunArguments &arguments, NmPattern pattern, Method method)
{
    SolveOptions options;
    options.pattern = pattern;
    options.method = method;
    options.tau = arguments.tau;
    options.iterations = arguments.iterations;
    options.tolerance = arguments.tolerance;
    if (!arguments.warmStart.empty()) {
        options.warmStart = methodByName(arguments.warmStart);
        if (!options.warmStart)
            return fail(ErrorKind::Usage, "--warm-start", "there is not a method \"" + arguments.warmStart + "\"",
                        "choose one of " + listOfMethods() + "; not every method starts from each of them");
    }
    if (!arguments.rounding.empty()) {
        const auto swaps = parseRounding(arguments.rounding);
        if (!swaps)
            return fail(swaps.error());
        options.paperSwaps = *swaps;
    }
    options.threads = arguments.threads;
    if (const Status valid = options.validate(); !valid)
        return fail(valid.error());
    return options;
}

std::string listOfMethods()
{
    return listOf(offeredMethods());
}

} // namespace nms::cli
