// SPDX-License-Identifier: Apache-2.0
// How frameworks arrange weights: the one place that guesses which dimensions of a tensor form a matrix.
#pragma once

#include "core/tensor/tensor_source.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

/// Sets `axes` of all tensors of a file. The order is PyTorch's (out, in, …) or Keras' and Flax' (…, in, out), as the first
/// of these says:
///
/// 1. The last part of the name (without the ending of a mask). `kernel`, `kernel:0`, `…_kernel:0` and Keras 3's `vars/N`
///    are Keras' and Flax' order; `weight`, `…_weight`, `weight_v`, `…_proj` are PyTorch's.
/// 2. The file: metadata `format` = "pt" or a safetensors file is PyTorch; "tf", "flax", or HDF5 attributes
///    `keras_version`, `backend`, `layer_names` are Keras.
/// 3. The shape of a tensor with four or five dimensions: a kernel has few positions (≤ 15) along each of its dimensions and
///    many channels. It counts before a file that says Keras; where both ends of the shape, or neither, could be
///    positions, it says nothing.
///
/// Then by the number of dimensions:
/// - 2: one matrix. PyTorch out × in (GPT-2's Conv1D, recognised by name and shape, in × out), Keras in × out, otherwise
///   rows × columns. A Keras bias of two dimensions (an attention layer's: its shape is the end of the shape of the kernel
///   beside it) is not a matrix.
/// - 3: PyTorch conv1d (out, in/groups, k) where the name has "conv" or the last dimension fits a kernel's positions,
///   otherwise one matrix for each index of the first dimension (experts). Keras conv1d (k, in, out); attention (in, heads,
///   dim) where the bias beside it has two dimensions or the layer is called query, key or value, (heads, dim, out) where it
///   is called attention_output or output_dense; experts by name.
/// - 4 and 5: conv2d, conv3d. Transposed convolutions (by name) have in and out exchanged.
/// - A Keras depthwise kernel (by name) is not a matrix: no filter has more than one input channel.
/// - More: not a matrix, unless --axes says so.
///
/// `format` is TensorSource::format(). Any thread.
void determineAxes(std::vector<TensorInfo> &tensors, std::string_view format,
                   const std::map<std::string, std::string> &metadata);

/// Sets the axes of the tensors of `source` as `rules` say; the last rule that matches counts. Usage error naming file and
/// tensor where a rule matches no tensor, or one with another number of dimensions.
Status applyAxesRules(TensorSource &source, const std::vector<AxesRule> &rules);

} // namespace nms
