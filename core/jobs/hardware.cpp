// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/hardware.h"

#include <algorithm>
#include <optional>

namespace nms::jobs {

namespace {

Element elementOf(const TensorInfo &tensor)
{
    switch (tensor.dtype) {
    case DType::F16:
        return Element::F16;
    case DType::BF16:
        return Element::BF16;
    case DType::F32:
        return Element::F32;
    case DType::I8:
        return Element::I8;
    default:
        break;
    }
    // Type names of safetensors.
    if (tensor.storedType == "F8_E4M3")
        return Element::F8E4M3;
    if (tensor.storedType == "F8_E5M2")
        return Element::F8E5M2;
    return tensor.storedType == "F4" ? Element::F4E2M1 : Element::Other;
}

/// The patterns that hold along one direction.
struct Held {
    const std::vector<NmPattern> &patterns;
    const HardwareGroups &groups;

    bool holds(const EnginePattern &asked) const
    {
        if (asked.paired)
            return groups.pairedFourOfEight;
        if ((asked.pattern == NmPattern{1, 2} && groups.oneOfTwo) || (asked.pattern == NmPattern{4, 6} && groups.fourOfSix))
            return true;
        return std::any_of(patterns.begin(), patterns.end(),
                           [&](const NmPattern &pattern) { return pattern.implies(asked.pattern); });
    }

    /// The pattern that keeps the fewest; of equal ones that with the smallest M, which is the strictest.
    std::optional<NmPattern> sparsest() const
    {
        const auto least = std::min_element(patterns.begin(), patterns.end(), [](const NmPattern &a, const NmPattern &b) {
            return a.n * b.m != b.n * a.m ? a.n * b.m < b.n * a.m : a.m < b.m;
        });
        return least == patterns.end() ? std::nullopt : std::optional(*least);
    }
};

/// True for a pattern that was probably intended. Others, such as 38:64, hold by chance when zeros are scattered.
bool isChosen(const NmPattern &pattern)
{
    return pattern.m % pattern.n == 0 || (pattern.n == pattern.m - 2 && pattern.m <= 16);
}

/// "f16, bf16 or i8": the types for which the engine supports the pattern.
std::string elementsOf(const HardwareEngine &engine, const EnginePattern &pattern)
{
    std::vector<std::string_view> names;
    for (const EngineRule &rule : engine.rules)
        if (rule.pattern == pattern)
            names.push_back(nameOf(rule.element));
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + std::string(names[i]);
    return text;
}

/// `what` is "rows" or "columns".
void requireMultiple(std::int64_t side, int multiple, const char *what, std::vector<std::string> &missing)
{
    if (side % multiple != 0 || side < multiple)
        missing.push_back(std::to_string(side) + " " + what + ", requires multiples of " + std::to_string(multiple));
}

/// The rule for the tensor's own type if its pattern holds, else the first rule that holds: the type to convert to.
const EngineRule *ruleFor(const HardwareEngine &engine, Element element, const Held &held)
{
    const EngineRule *first = nullptr;
    for (const EngineRule &rule : engine.rules) {
        if (!held.holds(rule.pattern))
            continue;
        if (rule.element == element)
            return &rule;
        if (first == nullptr)
            first = &rule;
    }
    return first;
}

std::string typeOf(const TensorInfo &tensor)
{
    return std::string(tensor.dtype == DType::Other ? std::string_view(tensor.storedType) : nameOf(tensor.dtype));
}

void judge(const TensorInfo &tensor, const LayerShape &shape, bool alongRows, const Held &held, const HardwareEngine &engine,
           std::vector<HardwareVerdict> &verdicts)
{
    const Element element = elementOf(tensor);
    const EngineRule *rule = ruleFor(engine, element, held);
    if (rule == nullptr)
        return;
    HardwareVerdict verdict{&engine, rule->pattern, alongRows, alongRows == shape.outputsAreRows, {}};
    if (rule->element != element)
        verdict.missing.push_back(typeOf(tensor) + ", takes " + elementsOf(engine, rule->pattern));
    if (engine.twoDimensional && shape.dimensions != 2)
        verdict.missing.push_back(std::to_string(shape.dimensions) + " dimensions, takes one matrix at a time");
    // Groups run along the engine's inputs; if they run along rows, the inputs are the columns.
    requireMultiple(shape.rows, alongRows ? rule->outputs : rule->inputs, "rows", verdict.missing);
    requireMultiple(shape.cols, alongRows ? rule->inputs : rule->outputs, "columns", verdict.missing);
    verdicts.push_back(std::move(verdict));
}

bool isTakenByProduct(const std::vector<HardwareVerdict> &verdicts, bool alongRows)
{
    return std::any_of(verdicts.begin(), verdicts.end(), [&](const HardwareVerdict &verdict) {
        return verdict.alongRows == alongRows && verdict.engine->ships;
    });
}

/// The pattern of the first verdict for this pass that runs, or that does not.
std::optional<EnginePattern> firstOf(const std::vector<HardwareVerdict> &verdicts, bool forward, bool runs)
{
    const auto found = std::find_if(verdicts.begin(), verdicts.end(), [&](const HardwareVerdict &verdict) {
        return verdict.forward == forward && verdict.runs() == runs;
    });
    return found == verdicts.end() ? std::nullopt : std::optional(found->pattern);
}

/// "2:4 fwd+bwd", or "2:4 fwd, 6:8 bwd" if they differ.
std::string passesOf(const std::optional<EnginePattern> &forward, const std::optional<EnginePattern> &backward,
                     const char *forwardWord, const char *bothWord, const char *backwardWord, const char *between)
{
    if (forward && backward && *forward == *backward)
        return forward->text() + bothWord;
    return (forward ? forward->text() + forwardWord : std::string()) + (forward && backward ? between : "") +
        (backward ? backward->text() + backwardWord : std::string());
}

} // namespace

std::string HardwareFacts::brief() const
{
    for (const bool runs : {true, false}) {
        const std::string text =
            passesOf(firstOf(verdicts, true, runs), firstOf(verdicts, false, runs), " fwd", " fwd+bwd", " bwd", ", ");
        if (!text.empty())
            return runs ? text : "(" + text + ")";
    }
    return {};
}

std::string HardwareFacts::summary() const
{
    std::string text = passesOf(firstOf(verdicts, true, true), firstOf(verdicts, false, true), " runs forward",
                                " runs forward and backward", " runs backward", ", ");
    if (text.empty()) {
        text = passesOf(firstOf(verdicts, true, false), firstOf(verdicts, false, false), " forward", " forward and backward",
                        " backward", ", ");
        if (!text.empty())
            text += " would run, but something is missing";
    }
    for (const NmPattern &pattern : unknown)
        text += (text.empty() ? "" : "; ") + ("no released library supports " + pattern.text());
    return text.empty() ? "no supported pattern holds" : text;
}

HardwareFacts hardwareOf(const TensorInfo &tensor, const LayerShape &shape, const DetectedPatterns &patterns)
{
    HardwareFacts facts;
    const Held along{patterns.alongRows, patterns.rowGroups}, down{patterns.alongColumns, patterns.columnGroups};
    for (const HardwareEngine &engine : hardwareEngines()) {
        for (const bool alongRows : {true, false}) {
            // Research code supports only patterns that are weaker than those of products, so it is not checked if a product
            // fits.
            if (engine.ships || !isTakenByProduct(facts.verdicts, alongRows))
                judge(tensor, shape, alongRows, alongRows ? along : down, engine, facts.verdicts);
        }
    }
    for (const bool alongRows : {true, false}) {
        const auto sparsest = (alongRows ? along : down).sparsest();
        if (sparsest && isChosen(*sparsest) && !isTakenByProduct(facts.verdicts, alongRows) &&
            std::find(facts.unknown.begin(), facts.unknown.end(), *sparsest) == facts.unknown.end())
            facts.unknown.push_back(*sparsest);
    }
    return facts;
}

HardwareFacts hardwareOf(const TensorInfo &tensor, const DetectedPatterns &patterns)
{
    const Stack stack = tensor.stack();
    const bool outputsAreRows = stack.names() != "in × out";
    return hardwareOf(tensor, {stack.rows(), stack.cols(), std::int64_t(tensor.shape.size()), outputsAreRows}, patterns);
}

} // namespace nms::jobs
