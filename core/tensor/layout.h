// SPDX-License-Identifier: Apache-2.0
// How frameworks lay weights out: the one place that guesses which dimensions of a tensor are a matrix.
#pragma once

#include "core/tensor/tensor_source.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

/// Sets `axes` of all tensors of a file. What is looked at, in this order; the first that says something counts:
///
/// 1. The last part of the name (a mask's own ending left out). `kernel`, `kernel:0`, `…_kernel:0` and Keras 3's `vars/N`
/// are
///    Keras' and Flax' order (…, in, out); `weight`, `…_weight`, `weight_v`, `…_proj` are PyTorch's (out, in, …).
/// 2. The file: metadata `format` = "pt" or a safetensors file is PyTorch; "tf", "flax", or HDF5 attributes
///    `keras_version`, `backend`, `layer_names` are Keras.
/// 3. The shape of a tensor with four or five dimensions: a kernel's positions are few (≤ 15) and, where both ends would
///    do, its channels many.
///
/// Then by dimensions:
/// - 2: the matrix as it lies. PyTorch out × in (GPT-2's Conv1D, told by name and shape, in × out), Keras in × out, else
///   rows × columns. In Keras a bias of two dimensions (an attention layer's: its shape ends the kernel's beside it) is no
///   matrix.
/// - 3: PyTorch conv1d (out, in/groups, k) where the name has "conv" or the last dimension is a kernel's, else one matrix
/// for
///   each of the first dimension (experts). Keras conv1d (k, in, out); attention (in, heads, dim) where the bias beside it
///   has two dimensions or the layer is called query, key or value, (heads, dim, out) where it is called attention_output or
///   output_dense; experts by name.
/// - 4 and 5: conv2d, conv3d. Transposed convolutions (by name) have in and out exchanged.
/// - A Keras depthwise kernel (by name) is no matrix: no filter sees two channels.
/// - More: no matrix, until --axes says so.
///
/// `format` is TensorSource::format(). Any thread.
void tellAxes(std::vector<TensorInfo> &tensors, std::string_view format, const std::map<std::string, std::string> &metadata);

/// Has `source` take the axes that `rules` say of its tensors; the last that matches counts. Usage error naming file and
/// tensor where a rule matches none, or one with another number of dimensions.
Status applyAxesRules(TensorSource &source, const std::vector<AxesRule> &rules);

} // namespace nms
