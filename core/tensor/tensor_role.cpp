// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/tensor_role.h"

#include <algorithm>
#include <array>
#include <string>

namespace nms {

namespace {

using Part = std::string_view;

/// Whether `part` is one of `words`, which are separated by blanks.
bool isOneOf(Part part, Part words)
{
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (words.substr(0, end) == part)
            return true;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

bool isNumber(Part part)
{
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Without a Keras number: "conv2d_1" is the second "conv2d" of a model.
Part withoutNumbering(Part part)
{
    const std::size_t line = part.rfind('_');
    return line != Part::npos && line > 0 && isNumber(part.substr(line + 1)) ? part.substr(0, line) : part;
}

std::string inLowerCase(std::string text)
{
    for (char &letter : text)
        if (letter >= 'A' && letter <= 'Z')
            letter = static_cast<char>(letter - 'A' + 'a');
    return text;
}

/// A path split into parts. Refers to the text that it was made from, which is in lower case.
struct Name {
    std::vector<Part> parts;
    std::size_t owner = 0; // index of the part that says what the tensor is
    bool isMember = false; // the tensor is a "weight", "kernel" or the like of its owner; false: the owner is the last part

    Part last() const { return parts.back(); }
    Part ownerPart() const { return parts[owner]; }
    Part parent() const { return owner > 0 ? parts[owner - 1] : Part(); } // of the owner
    Part beforeLast() const { return parts.size() > 1 ? parts[parts.size() - 2] : Part(); }
    bool isInNumberedLayer() const { return std::any_of(parts.begin(), parts.begin() + std::ptrdiff_t(owner), isNumber); }
};

Name partsOf(Part text)
{
    Name name;
    if (const std::size_t colon = text.rfind(':'); colon != Part::npos && isNumber(text.substr(colon + 1)))
        text = text.substr(0, colon);
    constexpr Part wrappers = "module _orig_mod _fsdp_wrapped_module";
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of("/."), text.size());
        if (end > 0 && !(name.parts.empty() && end < text.size() && isOneOf(text.substr(0, end), wrappers)))
            name.parts.push_back(text.substr(0, end));
        text = text.substr(std::min(end + 1, text.size()));
    }
    constexpr Part members = "weight kernel embeddings embedding weight_g weight_v";
    const std::size_t count = name.parts.size();
    if (count >= 3 && isNumber(name.last()) && name.beforeLast() == "vars") {
        name.owner = count - 3;
        name.isMember = true;
    } else if (count >= 2 && isOneOf(name.last(), members)) {
        name.owner = count - 2;
        name.isMember = true;
    } else if (count > 0) {
        name.owner = count - 1;
    }
    return name;
}

bool isOptimizerState(const Name &name)
{
    constexpr Part places = "optimizer_weights optimizer optimizer_state optimizer_states";
    constexpr Part moments = "exp_avg exp_avg_sq max_exp_avg_sq momentum_buffer adam_m adam_v exp_inf square_avg";
    return (name.parts.size() > 1 && isOneOf(name.parts.front(), places)) || isOneOf(name.last(), moments);
}

/// Whether a part names a norm: by its end ("q_norm") or, for a vector, also by its beginning ("ln_f", "bn1").
bool isNormName(Part part, bool isVector)
{
    part = withoutNumbering(part);
    if (part == "ln" || part == "bn" || part.ends_with("norm") || part.ends_with("_normalization"))
        return true;
    constexpr std::array<Part, 5> beginnings = {"norm", "ln", "bn", "layernorm", "layer_norm"};
    return isVector && std::any_of(beginnings.begin(), beginnings.end(), [&](Part begin) {
               const Part rest = part.substr(std::min(begin.size(), part.size()));
               return part.starts_with(begin) && (rest.empty() || isNumber(rest) || rest.starts_with("_"));
           });
}

/// The path with its last part replaced, as it would be in the file.
std::string beside(const std::string &path, Part last)
{
    const std::size_t end = path.find_last_of("/.");
    return (end == std::string::npos ? std::string() : path.substr(0, end + 1)) + std::string(last);
}

bool isNorm(const TensorInfo &tensor, const Name &name, const TensorNames &names)
{
    constexpr Part affine = "gamma beta moving_mean moving_variance";
    if (isOneOf(name.last(), affine))
        return true;
    if ((name.last() == "weight" || name.last() == "bias") && names.find(beside(tensor.path, "running_mean")) != nullptr)
        return true;
    const bool isVector = tensor.shape.size() <= 1;
    if (name.isMember)
        return isNormName(name.ownerPart(), isVector);
    return (name.last() == "bias" || name.last() == "scale") && isNormName(name.beforeLast(), isVector);
}

bool isScale(const TensorInfo &tensor, const Name &name, const TensorNames &names)
{
    constexpr Part words = "scale scales scale_inv scale_2 qscales qzeros zero_point zero_points g_idx absmax nested_absmax "
                           "quant_map nested_quant_map scb quant_state weight_scale weight_scales weight_scale_inv "
                           "weight_scale_2 weight_zero_point weight_g_idx input_scale input_scale_inv input_zero_point "
                           "activation_scale act_scale output_scale q_scale k_scale v_scale kv_scale prob_scale "
                           "prob_output_scale";
    if (isOneOf(name.last(), words) || name.beforeLast() == "quant_state")
        return true;
    // gpt-oss: "gate_up_proj_scales" beside "gate_up_proj_blocks".
    for (const Part ending : {Part("_scales"), Part("_scale"), Part("_scale_inv")}) {
        if (!name.last().ends_with(ending))
            continue;
        const std::string stem = tensor.path.substr(0, tensor.path.size() - ending.size());
        for (const char *other : {"_blocks", "", "_packed", "_quantized"})
            if (names.find(stem + other) != nullptr)
                return true;
    }
    return false;
}

bool isBuffer(const TensorInfo &tensor, const Name &name)
{
    constexpr Part words = "running_mean running_var num_batches_tracked inv_freq cos_cached sin_cached freqs_cis "
                           "position_ids token_type_ids relative_position_index masked_bias attn_mask relative_coords_table "
                           "causal_mask rope_freqs original_inv_freq cos_sin_cache rel_pos_index";
    // GPT-2's causal mask is called bias and is (1, 1, n, n).
    return isOneOf(name.last(), words) || (name.last() == "bias" && tensor.shape.size() == 4);
}

bool isBias(const TensorInfo &tensor, const Name &name, const TensorNames &names)
{
    const Part last = name.last();
    if (last == "bias" || last.ends_with("_bias") || last.starts_with("bias_ih") || last.starts_with("bias_hh"))
        return true;
    if (last != "1" || name.beforeLast() != "vars")
        return false;
    const TensorInfo *kernel = names.find(beside(tensor.path, "0"));
    return kernel != nullptr && !tensor.shape.empty() && tensor.shape.size() < kernel->shape.size() &&
        std::equal(tensor.shape.rbegin(), tensor.shape.rend(), kernel->shape.rbegin());
}

bool isEmbedding(const TensorInfo &tensor, const Name &name)
{
    if (name.isMember && tensor.shape.size() >= 3)
        return false;
    const Part owner = withoutNumbering(name.ownerPart());
    constexpr Part words = "emb embed embedding embeddings embed_tokens embed_positions embed_in embed_tokens_per_layer wte "
                           "wpe tokens_embed positions_embed relative_attention_bias relative_position_bias_table cls_token "
                           "mask_token pos_emb rel_pos_h rel_pos_w";
    if (isOneOf(owner, words) || name.last() == "embeddings" || name.last() == "embedding")
        return true;
    if (owner == "shared" && name.last() == "weight" && (name.owner == 0 || (name.owner == 1 && name.parent() == "model")))
        return true; // T5 and BART
    if (owner.starts_with("patch") || owner.starts_with("time") || owner == "class_embed" || owner == "bbox_embed" ||
        owner.starts_with("rotary"))
        return false;
    for (const Part ending : {Part("_embedding"), Part("_embeddings"), Part("_embed"), Part("_embeds"), Part("_emb")})
        if (owner.ends_with(ending))
            return true;
    return false;
}

bool isHead(const Name &name)
{
    const Part owner = name.ownerPart(), parent = name.parent();
    constexpr Part always = "lm_head embed_out vocab_projector qa_outputs class_embed";
    if (isOneOf(owner, always) || (owner == "head" && parent == "shared_head"))
        return true;
    if (name.isInNumberedLayer())
        return false;
    constexpr Part atTheEnd = "classifier score head seq_relationship logits lm_heads";
    if (isOneOf(owner, atTheEnd))
        return true;
    if (owner == "decoder" && (parent == "predictions" || parent == "lm_head"))
        return true;
    if (owner == "out_proj" && (parent == "classification_head" || parent == "classifier"))
        return true;
    // Llama's original files, and Whisper's. In other models these names belong to layers.
    return name.owner == 0 && name.isMember && (owner == "output" || owner == "proj_out");
}

} // namespace

std::string_view nameOf(TensorRole role)
{
    switch (role) {
    case TensorRole::Weight:
        return "weight";
    case TensorRole::Embedding:
        return "embedding";
    case TensorRole::Head:
        return "output head";
    case TensorRole::Norm:
        return "norm";
    case TensorRole::Bias:
        return "bias";
    case TensorRole::OptimizerState:
        return "optimizer state";
    case TensorRole::Scale:
        return "quantisation scale";
    case TensorRole::Buffer:
        return "buffer";
    }
    return {};
}

std::string_view reasonOf(TensorRole role)
{
    switch (role) {
    case TensorRole::Weight:
        return {};
    case TensorRole::Embedding:
        return "is an embedding";
    case TensorRole::Head:
        return "is an output head";
    case TensorRole::Norm:
        return "belongs to a norm";
    case TensorRole::Bias:
        return "is a bias";
    case TensorRole::OptimizerState:
        return "is state of an optimizer";
    case TensorRole::Scale:
        return "belongs to quantised weights (scales, zero points)";
    case TensorRole::Buffer:
        return "is a buffer, computed and not learned";
    }
    return {};
}

TensorNames::TensorNames(const std::vector<TensorInfo> &tensors)
{
    m_byPath.reserve(tensors.size());
    for (const TensorInfo &tensor : tensors)
        m_byPath.emplace(tensor.path, &tensor);
}

const TensorInfo *TensorNames::find(std::string_view path) const
{
    const auto found = m_byPath.find(path);
    return found == m_byPath.end() ? nullptr : found->second;
}

TensorRole roleOf(const TensorInfo &tensor, const TensorNames &names)
{
    const std::string text = inLowerCase(tensor.path);
    const Name name = partsOf(text);
    if (name.parts.empty())
        return TensorRole::Weight;
    if (isOptimizerState(name))
        return TensorRole::OptimizerState;
    if (isBuffer(tensor, name))
        return TensorRole::Buffer;
    if (isNorm(tensor, name, names))
        return TensorRole::Norm;
    if (isScale(tensor, name, names))
        return TensorRole::Scale;
    if (isEmbedding(tensor, name))
        return TensorRole::Embedding;
    if (isBias(tensor, name, names))
        return TensorRole::Bias;
    return isHead(name) ? TensorRole::Head : TensorRole::Weight;
}

TensorRole roleOf(const TensorInfo &tensor, const TensorSource &source)
{
    return roleOf(tensor, TensorNames(source.tensors()));
}

} // namespace nms
