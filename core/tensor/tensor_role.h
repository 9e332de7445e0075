// SPDX-License-Identifier: Apache-2.0
// What a tensor is for in its model, by its name, its dimensions and the tensors beside it.
#pragma once

#include "core/tensor/tensor_source.h"

#include <string_view>
#include <unordered_map>
#include <vector>

namespace nms {

/// Weight is every tensor that no rule recognises as something else: these are pruned unless the user says otherwise.
enum class TensorRole { Weight, Embedding, Head, Norm, Bias, OptimizerState, Scale, Buffer };

/// As a predicate after a tensor's name: "is an embedding", "is an output head", …; empty for Weight.
std::string_view reasonOf(TensorRole role);
/// The same as a word: "embedding", "output head", …; "weight" for Weight.
std::string_view nameOf(TensorRole role);

/// Index of tensors by name. Refers to the tensors that it was made from.
class TensorNames
{
public:
    explicit TensorNames(const std::vector<TensorInfo> &tensors);
    const TensorInfo *find(std::string_view path) const; // null where there is none

private:
    std::unordered_map<std::string_view, const TensorInfo *> m_byPath;
};

/// The role of `tensor` among `names`. Only unmistakable names count. Parts are what "/" and "." separate; case, Keras's
/// ":0" and numbering, and a leading "module" are ignored. The owner is the part that "weight", "kernel", "embeddings" or
/// "vars/N" belongs to:
///
/// - OptimizerState: everything in "optimizer_weights" (Keras 2), "optimizer" (Keras 3) or "optimizer_state", and exp_avg,
///   exp_avg_sq, max_exp_avg_sq, momentum_buffer (PyTorch) anywhere.
/// - Scale: what GPTQ, AWQ, bitsandbytes, compressed-tensors and similar formats store beside quantised weights (scales,
///   qzeros, g_idx, weight_scale, weight_scale_inv, absmax, quant_map, SCB, …), "X_scales" beside "X_blocks" or "X".
/// - Buffer: what is computed, not learned: running_mean, inv_freq, cached sines, position numbers, GPT-2's causal mask.
/// - Bias: "bias", "…_bias", LSTM's "bias_hh_l0", and Keras's "vars/1" beside a "vars/0" whose shape ends in its shape
///   (attention's 2-D biases are (heads, dim)).
/// - Norm: owners named norm, ln_1, bn2, input_layernorm, q_norm …, "gamma" and "beta", and tensors beside a running_mean.
/// - Embedding: owners named embed_tokens, wte, wpe, word_embeddings, emb, pos_embed …, T5's shared.weight and
///   relative_attention_bias. Not patch embeddings, which are convolutions, and not kernels of three or more dimensions.
/// - Head: lm_head, embed_out, cls.predictions.decoder, classifier, score, head.weight, output.weight and similar names,
///   unless they are in a numbered layer.
///
/// The "fc" of a ResNet may be a head or any linear layer, and a router ("mlp.gate", "mlp.router") is a linear layer that
/// pruning codes (Wanda, SparseGPT) prune like the others: both are weights.
TensorRole roleOf(const TensorInfo &tensor, const TensorNames &names);
/// The same for one tensor; for many, construct TensorNames once.
TensorRole roleOf(const TensorInfo &tensor, const TensorSource &source);

} // namespace nms
