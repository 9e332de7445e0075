// SPDX-License-Identifier: Apache-2.0
// Opens a weights file of any format that we read.
#pragma once

#include "core/tensor/tensor_source.h"

#include <memory>
#include <stop_token>
#include <string>

namespace nms {

/// Opens `file` and lists its tensors; reads no weights. The format is determined by the content, never by the name: it is
/// the first one in weights_format.h that recognises the file.
///
/// HDF5: f8, f16, bf16, f32, f64 in either byte order, any layout and filter that the installed libhdf5 supports, and LZF.
/// bf16 is read from a 2-byte float with bf16's fields, from a 2-byte opaque type whose tag or attribute `dtype` says so or
/// which has neither (Keras, ml_dtypes), and from a uint16 whose attribute says "bfloat16". Data that was never written is
/// the fill value; objects that are newer than the library are unreadable with that reason; a file that is marked as open
/// for writing is an Input error. Keras: a zip archive with such a file, read in place. External links, external raw data
/// and virtual datasets are never followed: they are in skipped() or have a TensorInfo::unreadable. A soft link is an alias
/// if it names a dataset of the same file.
/// safetensors: the whole header is checked before anything else (sizes against the file's length, offsets contiguous). A
/// model in several safetensors files is opened by its index, or by the folder that contains one; also a folder with one
/// safetensors file. Every tensor must be in the shard given by the index, and shards must be in the folder of the index.
/// npy: one tensor with the name of the file. npz: one for each member, with its name without ".npy". C or Fortran order,
/// either byte order; members that are not arrays of numbers are listed with the reason and never unpickled.
///
/// A .tile file of the sandbox (core/sandbox/tile_text.h): its scores, as a matrix of f64 named "tile".
///
/// A name that isAttachedName() (attached_tensors.h) is that of tensors in another process.
///
/// A helper process reads an HDF5 file first and decodes the filters that our own code does not support (it supports gzip,
/// LZF, shuffle and fletcher32); `stop` ends waiting for it, here and in later reads.
///
/// `axes` says which dimensions form the matrix if names and shapes (layout.h) do not determine it.
///
/// Errors: Io if the file is missing, unreadable or not a regular file, or the helper program is missing; Input if it is in
/// none of the formats or damaged; Resource if memory runs out; Cancelled.
/// Any thread; the source itself must be used by one thread at a time.
Result<std::unique_ptr<TensorSource>> openWeights(const std::string &file, const std::stop_token &stop = {},
                                                  const std::vector<AxesRule> &axes = {});

/// Where the process that reads HDF5 files has its program, instead of beside the program that runs: for a library inside
/// another program (Python). Before the first file is opened.
void setHelperFolder(const std::string &folder);

} // namespace nms
