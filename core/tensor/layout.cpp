// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/layout.h"

#include "core/base/number_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <unordered_map>

namespace nms {

namespace {

enum class Order { PyTorch, Keras, Unknown };

using Shape = std::vector<std::int64_t>;
using ShapeByPath = std::unordered_map<std::string_view, const Shape *>;

constexpr std::int64_t longestKernel = 15; // positions along one dimension of a convolution, where only shapes decide

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

bool containsAny(std::string_view text, std::initializer_list<std::string_view> parts)
{
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return contains(text, part); });
}

std::string toLowerCase(std::string_view text)
{
    std::string small(text);
    for (char &c : small)
        c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
    return small;
}

/// The path, in lower case, of the weights that a mask of this name belongs to.
std::string weightsName(const std::string &path)
{
    std::string name = toLowerCase(path);
    for (const std::string_view ending : {"/mask", ".mask", "_mask"})
        if (name.size() > ending.size() && name.ends_with(ending))
            return name.substr(0, name.size() - ending.size());
    return name;
}

std::string_view lastPart(std::string_view name, std::string_view separators = "/.")
{
    const std::size_t at = name.find_last_of(separators);
    return at == std::string_view::npos ? name : name.substr(at + 1);
}

/// The number N of Keras 3's "…/vars/N".
std::optional<int> variableNumber(std::string_view name)
{
    const std::size_t slash = name.rfind('/');
    if (slash == std::string_view::npos || slash + 2 != name.size() || name[slash + 1] < '0' || name[slash + 1] > '9')
        return std::nullopt;
    const std::string_view folder = name.substr(0, slash);
    if (folder != "vars" && !folder.ends_with("/vars"))
        return std::nullopt;
    return name[slash + 1] - '0';
}

Order orderOfName(std::string_view name)
{
    std::string_view leaf = lastPart(name, "/");
    if (const std::size_t colon = leaf.rfind(':'); colon != std::string_view::npos)
        leaf = leaf.substr(0, colon);
    leaf = lastPart(leaf, ".");
    if (variableNumber(name) || leaf == "kernel" || leaf.ends_with("_kernel"))
        return Order::Keras;
    if (leaf == "weight" || leaf == "weight_v" || leaf.ends_with("_weight") || leaf.ends_with("_proj"))
        return Order::PyTorch;
    return Order::Unknown;
}

Order orderOfFile(std::string_view format, const std::map<std::string, std::string> &metadata)
{
    if (const auto told = metadata.find("format"); told != metadata.end()) {
        if (told->second == "pt")
            return Order::PyTorch;
        if (told->second == "tf" || told->second == "flax")
            return Order::Keras;
    }
    if (metadata.contains("keras_version") || metadata.contains("backend") || metadata.contains("layer_names") ||
        format == "Keras")
        return Order::Keras;
    return format == "safetensors" ? Order::PyTorch : Order::Unknown;
}

/// The order of a kernel of four or five dimensions, by its shape alone.
Order orderOfShape(std::span<const std::int64_t> shape)
{
    const auto isKernel = [](std::span<const std::int64_t> sizes) {
        return std::all_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size <= longestKernel; });
    };
    const std::size_t positions = shape.size() - 2;
    const bool last = isKernel(shape.last(positions)), first = isKernel(shape.first(positions));
    if (last == first)
        return Order::Unknown;
    return last ? Order::PyTorch : Order::Keras;
}

/// Determines the axes of one tensor, given the other tensors of its file.
class Layout
{
public:
    Layout(const TensorInfo &tensor, const ShapeByPath &others, Order ofFile)
        : m_tensor(tensor), m_shape(tensor.shape), m_name(weightsName(tensor.path)), m_others(others)
    {
        m_order = orderOfName(m_name);
        const bool fewDimensions = m_shape.size() < 4;
        if (m_order == Order::Unknown && (fewDimensions || ofFile == Order::PyTorch))
            m_order = ofFile;
        if (m_order == Order::Unknown && m_shape.size() >= 4 && m_shape.size() <= 5)
            m_order = orderOfShape(m_shape);
        if (m_order == Order::Unknown)
            m_order = ofFile;
    }

    Axes axes() const
    {
        switch (m_shape.size()) {
        case 0:
        case 1:
            return {};
        case 2:
            return ofTwo();
        case 3:
            return ofThree();
        case 4:
        case 5:
            return ofKernel();
        default:
            return {"", "tensor of " + std::to_string(m_shape.size()) + " dimensions: say with --axes which are the matrix"};
        }
    }

private:
    bool isExpert() const { return contains(m_name, "expert") || contains(m_name, "moe"); }
    bool isTransposed() const { return containsAny(m_name, {"transpose", "deconv"}); }

    /// The shape of the Keras bias beside this kernel, or of the kernel beside this bias.
    const Shape *beside(std::string_view kernel, std::string_view bias) const;
    const Shape *bias() const { return beside("kernel", "bias"); }
    bool isKerasBias() const;

    Axes ofTwo() const;
    Axes ofThree() const;
    Axes ofKernel() const;

    const TensorInfo &m_tensor;
    const std::span<const std::int64_t> m_shape;
    const std::string m_name; // in lower case
    const ShapeByPath &m_others;
    Order m_order = Order::Unknown;
};

const Shape *Layout::beside(std::string_view own, std::string_view other) const
{
    std::string path = m_tensor.path;
    if (const auto number = variableNumber(m_name)) {
        const bool isOwn = (*number == 0) == (own == "kernel");
        if (!isOwn)
            return nullptr;
        path.back() = own == "kernel" ? '1' : '0';
    } else {
        const std::size_t at = path.rfind(own);
        if (at == std::string::npos || at + own.size() + 2 < path.size())
            return nullptr;
        path.replace(at, own.size(), other);
    }
    const auto found = m_others.find(path);
    return found == m_others.end() ? nullptr : found->second;
}

/// The shape of a Keras bias is the end of its kernel's shape, and shorter.
bool Layout::isKerasBias() const
{
    const Shape *kernel = beside("bias", "kernel");
    return kernel != nullptr && kernel->size() > m_shape.size() &&
        std::equal(m_shape.rbegin(), m_shape.rend(), kernel->rbegin());
}

Axes Layout::ofTwo() const
{
    if (m_order == Order::Keras) {
        if (isKerasBias())
            return {"", "bias of an attention layer"};
        return {"io", "dense kernel"};
    }
    if (m_order != Order::PyTorch)
        return {"rc", "matrix"};
    // GPT-2's Conv1D stores in × out under names that other models use for linear layers.
    const bool wide = m_shape[1] > m_shape[0];
    const bool isGpt2 = (contains(m_name, "c_attn") && m_shape[1] == 3 * m_shape[0]) || (contains(m_name, "c_fc") && wide) ||
        contains(m_name, "attn.c_proj") || (contains(m_name, "mlp.c_proj") && !wide);
    return isGpt2 ? Axes{"io", "GPT-2 Conv1D"} : Axes{"oi", "linear"};
}

Axes Layout::ofThree() const
{
    if (isExpert())
        return {"erc", "stack of experts"};
    if (m_order == Order::Keras) {
        const Shape *ofBias = bias();
        const bool isOutput = containsAny(m_name, {"attention_output", "output_dense"});
        const bool isInput = containsAny(m_name, {"query", "key", "value"});
        if (!isOutput && ((ofBias != nullptr && ofBias->size() == 2) || isInput))
            return {"ioo", "attention kernel (in, heads, dim)"};
        if (isOutput)
            return {"iio", "attention kernel (heads, dim, out)"};
        if (contains(m_name, "depthwise"))
            return {"", "depthwise kernel: no filter sees two channels"};
        return {isTransposed() ? "woi" : "wio", "conv1d kernel"};
    }
    const bool isConv = contains(m_name, "conv") || (m_shape[2] <= longestKernel && m_shape[2] < m_shape[1]) ||
        (m_shape[1] == 1 && m_shape[2] <= longestKernel);
    if (isConv)
        return {isTransposed() ? "iow" : "oiw", "conv1d kernel"};
    return {"erc", "stack of matrices"};
}

Axes Layout::ofKernel() const
{
    const bool isVolume = m_shape.size() == 5;
    const std::string what = isVolume ? "conv3d kernel" : "conv2d kernel";
    const std::string positions = isVolume ? "dhw" : "hw";
    if (m_order == Order::Keras) {
        if (contains(m_name, "depthwise"))
            return {"", "depthwise kernel: no filter sees two channels"};
        return {positions + (isTransposed() ? "oi" : "io"), what};
    }
    const bool isDepthwise = m_shape[1] == 1 && m_shape[0] > 1;
    return {(isTransposed() ? "io" : "oi") + positions, isDepthwise ? "depthwise " + what : what};
}

} // namespace

void determineAxes(std::vector<TensorInfo> &tensors, std::string_view format,
                   const std::map<std::string, std::string> &metadata)
{
    const Order ofFile = orderOfFile(format, metadata);
    ShapeByPath others;
    others.reserve(tensors.size());
    for (const TensorInfo &tensor : tensors)
        others.emplace(tensor.path, &tensor.shape);
    for (TensorInfo &tensor : tensors)
        if (tensor.axes == Axes())
            tensor.axes = Layout(tensor, others, ofFile).axes();
}

Status applyAxesRules(TensorSource &source, const std::vector<AxesRule> &rules)
{
    for (const AxesRule &rule : rules) {
        bool matched = false;
        for (const TensorInfo &tensor : source.tensors()) {
            if (!rule.matches(tensor.path))
                continue;
            matched = true;
            if (const std::string problem = axesProblem(rule.letters, tensor.shape.size()); !problem.empty())
                return fail(ErrorKind::Usage, source.fileName() + ": " + tensor.path,
                            "is " + formatShape(tensor.shape) + ": it " + problem,
                            "give --axes one letter for each dimension");
            source.setAxes(tensor.path, {rule.letters, "given by --axes"});
        }
        if (!matched)
            return fail(ErrorKind::Usage, source.fileName(), "holds no tensor that --axes " + rule.glob + " matches",
                        "look at the names with nmscope inspect");
    }
    return {};
}

} // namespace nms
