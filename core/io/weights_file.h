// SPDX-License-Identifier: Apache-2.0
// Opens a weights file of any format that we read.
#pragma once

#include "core/tensor/tensor_source.h"

#include <memory>
#include <stop_token>
#include <string>

namespace nms {

/// Opens `file` and lists its tensors; reads no weights. What the file is gets decided by its content, never by its name:
/// the first format of weights_format.h that recognises it.
///
/// HDF5: f16, bf16, f32, f64 in either byte order, any layout and filter that the installed libhdf5 has, and LZF. bf16 is
/// taken from a 2-byte float with bf16's fields, from a 2-byte opaque whose tag and attribute `dtype` say so or nothing
/// (Keras, ml_dtypes) and from a uint16 whose attribute says "bfloat16". What was never written is its fill value; what the
/// library is too old for is unreadable with that reason; a file that is marked as open for writing is an Input error.
/// Keras: a zip archive with such a file, read in place. External links, external raw data and virtual datasets are never
/// followed: they end up in skipped() or carry a TensorInfo::unreadable. A soft link is an alias when it names a dataset of
/// the same file.
/// safetensors: the whole header is checked before anything else (sizes against the file's length, offsets contiguous).
/// A model in several safetensors files: by its index, or by the folder that holds one; also a folder with one safetensors
/// file. Every tensor must be in the shard that the index says, and shards lie beside the index.
/// npy: one tensor, called as the file. npz: one for each member, called as it is without ".npy". Either order and byte
/// order; what is no array of numbers is listed with the reason and never unpickled.
///
/// A process beside ours reads an HDF5 file first and decodes what our own code does not (gzip, LZF, shuffle and
/// fletcher32 it does); `stop` ends waiting for it, here and in later reads.
///
/// `axes` say which dimensions are the matrix where names and shapes (layout.h) do not.
///
/// Errors: Io when the file is missing, unreadable or no regular file, or the helper process is not there; Input when it is
/// of no format, damaged or hostile; Resource when memory runs out; Cancelled.
/// Any thread; the source itself belongs to one thread at a time.
Result<std::unique_ptr<TensorSource>> openWeights(const std::string &file, const std::stop_token &stop = {},
                                                  const std::vector<AxesRule> &axes = {});

/// Where the process that reads HDF5 files has its program, instead of beside the program that runs: for a library inside
/// another program (Python). Before the first file is opened.
void setHelperFolder(const std::string &folder);

} // namespace nms
