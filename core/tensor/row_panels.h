// SPDX-License-Identifier: Apache-2.0
// Reads a tensor's values: row panel by row panel, so that it may be larger than memory, or whole.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <functional>
#include <stop_token>

namespace nms {

/// Number of rows to process between two checks of a stop token, so that a stop takes effect soon (also for gzip): at most
/// `cells` entries, but at least one row. The default is 16 MiB of float32.
std::int64_t rowsPerBlock(std::int64_t cols, std::int64_t cells = std::int64_t(4) << 20);

/// Receives rows [row0, row0 + rows.rows); their memory is reused for the next panel. An error ends the reading.
using PanelVisitor = std::function<Status(std::int64_t row0, Span2d<const float> rows)>;

/// Reads a matrix (TensorInfo::isMatrix) top to bottom, panelRows rows at a time, on the calling thread. Cancelled when
/// `stop` is requested between panels.
///
///     forEachPanel(source, tensor, rowsPerBlock(tensor.cols()), stop, [&](std::int64_t row0, Span2d<const float> rows) {
///         detector.addRows(rows);
///         return Status();
///     });
Status forEachPanel(TensorSource &source, const TensorInfo &tensor, std::int64_t panelRows, const std::stop_token &stop,
                    const PanelVisitor &visit);

/// Receives a block of rows [row0, row0 + rows), on any thread.
using RowsVisitor = std::function<Status(std::int64_t row0, std::int64_t rows)>;

/// Calls `visit` for all blocks of rows of a matrix that is `cols` wide. Where `source` reads `tensor` in parallel, for
/// small ones that stay in the cache of one of `threads` threads (0: all cores), in any order; otherwise for larger ones on
/// the calling thread, from top to bottom up to an error. Of several errors the one of the first rows. Cancelled when `stop`
/// is requested.
Status visitRows(const TensorSource &source, const TensorInfo &tensor, std::int64_t rows, std::int64_t cols, int threads,
                 const std::stop_token &stop, const RowsVisitor &visit);

/// Those errors of readMatrix that are known before anything is read: not a matrix, or more than `byteLimit`.
Status requireReadable(const TensorSource &source, const TensorInfo &tensor, std::int64_t byteLimit);

/// Sets `tensor.exponent` so that all f64 values fit float's range; does nothing for other types, or where they fit
/// already. Reads the tensor once. Values below 2^-249 of the largest become 0.
Status fitToFloat(TensorSource &source, TensorInfo &tensor, const std::stop_token &stop);

enum class NonFinite { Allowed, Refused };

/// The whole tensor, rows × cols. Unsupported or Input error where it is not a readable matrix, Resource error where it
/// needs more than `byteLimit` or than the memory available, Input error naming the first NaN or Inf where these are
/// refused, Cancelled when `stop` is requested. Uses all cores where the source allows it.
Result<Matrix<float>> readMatrix(TensorSource &source, const TensorInfo &tensor, std::int64_t byteLimit,
                                 NonFinite nonFinite = NonFinite::Allowed, const std::stop_token &stop = {});

} // namespace nms
