// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/tensor_selection.h"

#include "core/base/glob.h"
#include "core/base/number_text.h"
#include "core/io/weights_file.h"
#include "core/tensor/quantized.h"
#include "core/tensor/tensor_role.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <unordered_map>

namespace nms::jobs {

namespace {

/// Why a tensor is not selected, the most informative reasons first: an empty selection reports the remedy for the first.
enum class Obstacle { Type, Unreadable, Role, Excluded, Size, Dimensions };

struct LeftOut {
    Obstacle obstacle;
    SkippedEntry entry;
};

Obstacle obstacleOf(const TensorInfo &tensor)
{
    if (!tensor.unreadable.empty())
        return Obstacle::Unreadable;
    if (tensor.shape.size() < 2)
        return Obstacle::Dimensions;
    return isWeight(tensor.dtype) ? Obstacle::Size : Obstacle::Type;
}

std::string_view withoutSlash(std::string_view path)
{
    return path.starts_with('/') ? path.substr(1) : path;
}

/// Finds tensors by name or by glob; returns their indices.
class Finder
{
public:
    explicit Finder(const TensorSource &source) : m_source(source)
    {
        const std::vector<TensorInfo> &tensors = source.tensors();
        m_byPath.reserve(tensors.size());
        for (std::size_t i = 0; i < tensors.size(); ++i)
            m_byPath.emplace(tensors[i].path, i);
    }

    struct Found {
        std::vector<std::size_t> tensors;
        bool exactly = false;
        std::optional<TensorInfo> matrix = {}; // one matrix of that tensor's stack
    };

    /// Input error if nothing is found; `option` is the option that the text was given with.
    Result<Found> find(const std::string &text, const std::string &option) const
    {
        for (const std::string_view path : {std::string_view(text), withoutSlash(text)})
            if (const auto exact = m_byPath.find(path); exact != m_byPath.end())
                return Found{{exact->second}, true};
        Found found;
        if (hasWildcards(text)) {
            const std::vector<TensorInfo> &tensors = m_source.tensors();
            for (std::size_t i = 0; i < tensors.size(); ++i)
                if (matchesGlob(withoutSlash(text), tensors[i].path))
                    found.tensors.push_back(i);
        }
        if (!found.tensors.empty())
            return found;
        Result<TensorInfo> missing = findTensor(m_source, text);
        if (missing && missing->matrix) {
            const std::string whole = missing->path.substr(0, missing->path.rfind('['));
            return Found{{m_byPath.at(whole)}, true, std::move(*missing)};
        }
        Error error = missing ? Error{ErrorKind::Input, m_source.fileName(), {}, {}} : missing.error();
        if (hasWildcards(text))
            error.what = "no tensor matches " + option + " \"" + text + "\"";
        return fail(std::move(error));
    }

private:
    const TensorSource &m_source;
    std::unordered_map<std::string_view, std::size_t> m_byPath;
};

/// The tensors of `excluded`, each with the text that excludes it.
Result<std::unordered_map<std::size_t, std::string>> excludedOf(const Finder &finder, const TensorChoice &choice)
{
    std::unordered_map<std::size_t, std::string> excluded;
    for (const std::string &text : choice.excluded) {
        const auto found = finder.find(text, "--exclude");
        if (!found)
            return fail(found.error());
        for (const std::size_t tensor : found->tensors)
            excluded.emplace(tensor, text);
    }
    return excluded;
}

/// Up to three different reasons, the most informative first.
std::string reasonsOf(const std::vector<LeftOut> &leftOut)
{
    std::string text;
    std::set<std::string> told;
    for (const LeftOut &one : leftOut) {
        if (!told.insert(one.entry.reason).second)
            continue;
        text += (text.empty() ? "" : "; ") + one.entry.path + " " + one.entry.reason;
        if (told.size() == 3)
            break;
    }
    return text + (leftOut.size() > told.size() ? ", and so on" : "");
}

Error nothingLeft(const TensorSource &source, std::vector<LeftOut> leftOut, int m)
{
    Error error{ErrorKind::Input, source.fileName(), {}, "look at the file with nmscope inspect"};
    if (leftOut.empty()) {
        error.what = "it holds no tensors";
        return error;
    }
    std::stable_sort(leftOut.begin(), leftOut.end(),
                     [](const LeftOut &a, const LeftOut &b) { return a.obstacle < b.obstacle; });
    error.what = "nothing to prune: " + reasonsOf(leftOut);
    switch (leftOut.front().obstacle) {
    case Obstacle::Type:
        error.remedy =
            "masks are found for f16, bf16, f32 and f64: give the weights before they were quantised, or convert them";
        break;
    case Obstacle::Unreadable:
        break;
    case Obstacle::Role:
        error.remedy = "take tensors of every role with --all, or name them with --tensor";
        break;
    case Obstacle::Excluded:
        error.remedy = "exclude fewer of them";
        break;
    case Obstacle::Size:
    case Obstacle::Dimensions:
        error.what = "no tensor has at least " + std::to_string(m) + " rows and " + std::to_string(m) + " columns (" +
            reasonsOf(leftOut) + ")";
        error.remedy = "choose a smaller M, or look at the file with nmscope inspect";
        break;
    }
    return error;
}

/// Collects the selected tensors and the others.
class Selector
{
public:
    Selector(const TensorSource &source, const TensorChoice &choice, int m)
        : m_source(source), m_choice(choice), m_m(m), m_finder(source), m_layers(source.tensors()),
          m_state(source.tensors().size(), State::Open)
    { }

    Result<TensorSelection> select()
    {
        auto excluded = excludedOf(m_finder, m_choice);
        if (!excluded)
            return fail(excluded.error());
        m_excluded = std::move(*excluded);
        if (m_choice.named.empty())
            takeByRole();
        for (const std::string &text : m_choice.named)
            if (const Status taken = takeNamed(text); !taken)
                return fail(taken.error());
        if (m_selection.taken.empty())
            return fail(nothingLeft(m_source, std::move(m_leftOut), m_m));
        for (LeftOut &one : m_leftOut)
            m_selection.skipped.push_back(std::move(one.entry));
        if (m_choice.named.empty())
            m_selection.skipped.insert(m_selection.skipped.end(), m_source.skipped().begin(), m_source.skipped().end());
        return std::move(m_selection);
    }

private:
    enum class State : char { Open, Named, Matched, LeftOut };

    std::string whyNot(const TensorInfo &tensor) const
    {
        return obstacleOf(tensor) == Obstacle::Type ? m_layers.whyNoWeights(tensor) : whyNotCut(tensor, m_m);
    }

    void leave(std::size_t i, Obstacle obstacle, std::string reason)
    {
        m_state[i] = State::LeftOut;
        m_leftOut.push_back({obstacle, {m_source.tensors()[i].path, std::move(reason)}});
    }

    /// If `i` is excluded, records that and returns true.
    bool isExcluded(std::size_t i)
    {
        const auto excluded = m_excluded.find(i);
        if (excluded == m_excluded.end())
            return false;
        leave(i, Obstacle::Excluded, "is left out by --exclude " + excluded->second);
        return true;
    }

    void takeByRole()
    {
        const TensorNames names(m_source.tensors());
        for (std::size_t i = 0; i < m_state.size(); ++i) {
            const TensorInfo &tensor = m_source.tensors()[i];
            if (isExcluded(i))
                continue;
            const TensorRole role = m_choice.all ? TensorRole::Weight : roleOf(tensor, names);
            std::string reason = whyNot(tensor);
            // For a tensor that could not be pruned anyway the obstacle stays its shape or type, but its role is the better
            // explanation.
            if (role != TensorRole::Weight)
                leave(i, reason.empty() ? Obstacle::Role : obstacleOf(tensor), std::string(reasonOf(role)));
            else if (!reason.empty())
                leave(i, obstacleOf(tensor), std::move(reason));
            else
                m_selection.taken.push_back(tensor);
        }
    }

    Status takeNamed(const std::string &text)
    {
        const auto found = m_finder.find(text, "--tensor");
        if (!found)
            return fail(found.error());
        for (const std::size_t i : found->tensors) {
            const TensorInfo &tensor = found->matrix ? *found->matrix : m_source.tensors()[i];
            const std::string where = m_source.fileName() + ": " + tensor.path;
            if (found->exactly && m_state[i] == State::Named && !found->matrix)
                return fail(ErrorKind::Usage, where, "is named twice", "give each --tensor once");
            if (m_state[i] != State::Open && !found->matrix)
                continue;
            if (isExcluded(i))
                continue;
            std::string reason = whyNot(tensor);
            if (!reason.empty() && found->exactly)
                return fail(ErrorKind::Input, where, std::move(reason),
                            obstacleOf(tensor) == Obstacle::Size ? "choose a smaller M or another --tensor"
                                                                 : "choose another --tensor");
            if (!reason.empty()) {
                leave(i, obstacleOf(tensor), std::move(reason));
                continue;
            }
            m_state[i] = found->exactly ? State::Named : State::Matched;
            m_selection.taken.push_back(tensor);
        }
        return {};
    }

    const TensorSource &m_source;
    const TensorChoice &m_choice;
    const int m_m;
    const Finder m_finder;
    const QuantizedLayers m_layers;
    std::vector<State> m_state; // by tensor
    std::unordered_map<std::size_t, std::string> m_excluded;
    std::vector<LeftOut> m_leftOut;
    TensorSelection m_selection;
};

} // namespace

std::string whyNotCut(const TensorInfo &tensor, int m)
{
    if (!tensor.unreadable.empty())
        return tensor.unreadable;
    if (tensor.shape.size() < 2)
        return tensor.shape.empty() ? "is a scalar, not a matrix" : "has 1 dimension, not 2 or more";
    if (!isWeight(tensor.dtype))
        return "holds " + tensor.storedType + ", not floating-point weights";
    if (tensor.stack().names().empty())
        return "is not a matrix: " + tensor.axes.reason;
    if (!tensor.isMatrix())
        return "has no elements (" + formatShape(tensor.shape) + ")";
    const std::string tile = std::to_string(m) + "×" + std::to_string(m);
    if (tensor.matrixRows() >= m && tensor.cols() >= m)
        return {};
    if (tensor.shape.size() > 2)
        return "is smaller than a tile of " + tile + ": " + tensor.axesText();
    if (tensor.matrixRows() < m)
        return "has " + std::to_string(tensor.matrixRows()) + " rows, fewer than a tile of " + tile;
    return "has " + std::to_string(tensor.cols()) + " columns, fewer than a tile of " + tile;
}

Result<TensorSelection> selectTensors(const TensorSource &source, const TensorChoice &choice, int m)
{
    return Selector(source, choice, m).select();
}

Result<OpenedTensors> openTensors(const std::string &file, const TensorChoice &choice, int m, const std::stop_token &stop)
{
    Result<std::unique_ptr<TensorSource>> source = openWeights(file, stop, choice.axes);
    if (!source)
        return fail(source.error());
    Result<TensorSelection> selection = selectTensors(**source, choice, m);
    if (!selection)
        return fail(selection.error());
    return OpenedTensors{std::move(*source), std::move(*selection)};
}

} // namespace nms::jobs
