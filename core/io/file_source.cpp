// SPDX-License-Identifier: Apache-2.0
#include "core/io/file_source.h"

#include "core/base/checked.h"
#include "core/io/file_patch.h"
#include "core/io/weights_format.h"
#include "core/simd/float8.h"
#include "core/simd/half.h"
#include "core/tensor/layout.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>

namespace nms {

static_assert(std::endian::native == std::endian::little, "raw rows are little-endian and are used as they are");

namespace {

constexpr std::int64_t panelBytes = 8 << 20; // raw bytes held in memory while decoding

std::span<const std::uint16_t> words(std::span<const std::byte> raw)
{
    // operator new aligns for any scalar, and offsets within the buffer are whole rows of 16-bit elements.
    return {reinterpret_cast<const std::uint16_t *>(raw.data()), raw.size() / sizeof(std::uint16_t)};
}

void decode(DType dtype, std::span<const std::byte> raw, std::span<float> out)
{
    if (dtype == DType::F16) {
        halfToFloat(words(raw), out);
    } else if (dtype == DType::BF16) {
        bfloat16ToFloat(words(raw), out);
    } else if (dtype == DType::F32) {
        std::memcpy(out.data(), raw.data(), raw.size());
    } else if (dtype == DType::F8E4M3) {
        float8E4M3ToFloat(raw, out);
    } else if (dtype == DType::F8E5M2) {
        float8E5M2ToFloat(raw, out);
    } else if (dtype == DType::F64) {
        for (std::size_t i = 0; i < out.size(); ++i) {
            double value = 0;
            std::memcpy(&value, raw.data() + i * sizeof value, sizeof value);
            out[i] = static_cast<float>(value);
        }
    }
}

} // namespace

void FileSource::setTensors(std::vector<TensorInfo> tensors)
{
    m_tensors = std::move(tensors);
    determineAxes(m_tensors, format(), m_metadata);
    m_indexByPath.clear();
    for (std::size_t i = 0; i < m_tensors.size(); ++i)
        m_indexByPath.emplace(m_tensors[i].path, i);
}

void FileSource::setAxes(const std::string &path, const Axes &axes)
{
    if (const auto found = m_indexByPath.find(path); found != m_indexByPath.end())
        m_tensors[found->second].axes = axes;
}

Result<std::size_t> FileSource::indexOf(const TensorInfo &tensor) const
{
    const auto found = m_indexByPath.find(tensor.tensorPath());
    if (found == m_indexByPath.end() || m_tensors[found->second].shape != tensor.shape ||
        m_tensors[found->second].dtype != tensor.dtype)
        return fail(ErrorKind::Internal, where(tensor), "was asked for with a description from another file");
    return found->second;
}

Status FileSource::checkRange(const TensorInfo &tensor, std::int64_t row0, std::int64_t rows, std::int64_t rowCount) const
{
    if (!tensor.unreadable.empty())
        return fail(ErrorKind::Unsupported, where(tensor), tensor.unreadable);
    if (row0 < 0 || rows < 0 || row0 > rowCount - rows)
        return fail(ErrorKind::Internal, where(tensor),
                    "has " + std::to_string(rowCount) + " rows, but " + std::to_string(rows) + " from " +
                        std::to_string(row0) + " on were asked for");
    return {};
}

Status FileSource::readRawRows(const TensorInfo &tensor, std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    const auto index = indexOf(tensor);
    if (!index)
        return fail(index.error());
    const TensorInfo &own = m_tensors[*index];
    if (Status inRange = checkRange(own, row0, rows, own.rawRows()); !inRange)
        return inRange;
    if (own.dtype == DType::Other)
        return fail(ErrorKind::Unsupported, where(own), "has elements of type " + own.storedType + ", which is not read");
    const std::int64_t sizes[] = {rows, own.rawCols(), bytesOf(own.dtype)};
    const auto bytes = checkedProduct(sizes);
    if (!bytes || std::size_t(*bytes) != out.size())
        return fail(ErrorKind::Internal, where(own), "was given a buffer of another size than its rows have");
    return out.empty() ? Status() : readRaw(*index, row0, rows, out);
}

Status FileSource::readElements(std::size_t, std::int64_t, std::span<std::byte>)
{
    return fail(ErrorKind::Internal, m_fileName, "reads no single elements");
}

bool FileSource::readsInParallel(const TensorInfo &tensor) const
{
    const auto index = indexOf(tensor);
    return index && readsElementsInParallel() && readsElements(*index) && m_tensors[*index].stack().isFileOrder();
}

std::int64_t FileSource::rowsReadWithOne(const TensorInfo &tensor) const
{
    const auto index = indexOf(tensor);
    if (!index || tensor.cols() <= 0 || !m_tensors[*index].stack().isFileOrder())
        return tensor.rows();
    const std::int64_t raw = rawRowsReadWithOne(*index), perRawRow = m_tensors[*index].rawCols() / tensor.cols();
    return readsElements(*index) && raw == 1 ? 1 : std::min(tensor.rows(), raw * std::max<std::int64_t>(1, perRawRow));
}

Result<std::span<const std::byte>> FileSource::rawRow(std::size_t index, std::int64_t row)
{
    const TensorInfo &own = m_tensors[index];
    return m_rawRows.row(
        index, row, own.rawRows(), own.rawCols() * bytesOf(own.dtype),
        [&](std::int64_t row0, std::int64_t rows, std::span<std::byte> out) { return readRaw(index, row0, rows, out); });
}

/// Reads elements in the file's order, from number `first` on: whole raw rows directly, parts of rows through the cache.
Status FileSource::readFileOrder(std::size_t index, std::int64_t first, std::span<std::byte> out)
{
    if (readsElements(index))
        return readElements(index, first, out);
    const TensorInfo &own = m_tensors[index];
    const std::int64_t rawCols = own.rawCols(), bytes = bytesOf(own.dtype);
    while (!out.empty()) {
        const std::int64_t row = first / rawCols, inside = first % rawCols;
        const std::int64_t left = std::int64_t(out.size()) / bytes;
        if (inside == 0 && left >= rawCols) {
            const std::int64_t rows = left / rawCols;
            if (Status read = readRaw(index, row, rows, out.first(std::size_t(rows * rawCols * bytes))); !read)
                return read;
            first += rows * rawCols;
            out = out.subspan(std::size_t(rows * rawCols * bytes));
            continue;
        }
        const auto raw = rawRow(index, row);
        if (!raw)
            return fail(raw.error());
        const std::int64_t count = std::min(rawCols - inside, left);
        std::memcpy(out.data(), raw->data() + inside * bytes, std::size_t(count * bytes));
        first += count;
        out = out.subspan(std::size_t(count * bytes));
    }
    return {};
}

/// Reads rows of the stacked view of the whole tensor.
Status FileSource::readStacked(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    const TensorInfo &own = m_tensors[index];
    const Stack stack = own.stack();
    try {
        if (stack.isFileOrder())
            return readFileOrder(index, row0 * stack.cols(), out);
        const std::int64_t rowBytes = stack.cols() * bytesOf(own.dtype);
        for (std::int64_t row = 0; row < rows; ++row) {
            const auto raw = rawRow(index, stack.rowOffset(row0 + row) / own.rawCols());
            if (!raw)
                return fail(raw.error());
            gatherRow(stack, row0 + row, own.rawCols(), bytesOf(own.dtype), *raw,
                      out.subspan(std::size_t(row * rowBytes), std::size_t(rowBytes)));
        }
    } catch (const std::exception &) { // bad_alloc, length_error
        return fail(ErrorKind::Resource, where(own), "needs more memory than there is for a slice of its first dimension",
                    "close other programs and try again");
    }
    return {};
}

Status FileSource::readMatrixRows(const TensorInfo &tensor, std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    const auto index = indexOf(tensor);
    if (!index)
        return fail(index.error());
    if (Status inRange = checkRange(tensor, row0, rows, tensor.rows()); !inRange)
        return inRange;
    if (tensor.dtype == DType::Other)
        return fail(ErrorKind::Unsupported, where(tensor),
                    "has elements of type " + tensor.storedType + ", which is not read");
    const std::int64_t sizes[] = {rows, tensor.cols(), bytesOf(tensor.dtype)};
    const auto bytes = checkedProduct(sizes);
    if (!bytes || std::size_t(*bytes) != out.size())
        return fail(ErrorKind::Internal, where(tensor), "was given a buffer of another size than its rows have");
    return out.empty() ? Status() : readStacked(*index, tensor.matrix.value_or(0) * tensor.matrixRows() + row0, rows, out);
}

Result<std::unique_ptr<FilePatch>> FileSource::makePatch(std::span<const TensorInfo>, const AtomicFile &copy,
                                                         const std::stop_token &)
{
    return fail(ErrorKind::Usage, copy.target(), "would be " + std::string(format()) + ", which is read but not written",
                "call it " + writableEndings());
}

Status FileSource::readRows(const TensorInfo &tensor, std::int64_t row0, Span2d<float> out)
{
    const auto index = indexOf(tensor);
    if (!index)
        return fail(index.error());
    if (Status inRange = checkRange(tensor, row0, out.rows, tensor.rows()); !inRange)
        return inRange;
    if (!isWeight(tensor.dtype))
        return fail(ErrorKind::Unsupported, where(tensor),
                    "has elements of type " + tensor.storedType + ", which are no weights",
                    tensor.dtype == DType::U16
                        ? "if these are the bits of bf16, give the dataset a string attribute dtype = \"bfloat16\""
                        : "take a tensor of floating-point weights");
    if (out.cols != tensor.cols())
        return fail(ErrorKind::Internal, where(tensor), "was given a buffer of another width than its own");
    const std::int64_t first = tensor.matrix.value_or(0) * tensor.matrixRows() + row0;
    if (out.empty())
        return {};
    return tensor.exponent == 0 || tensor.dtype != DType::F64 ? decodeRows(*index, first, out)
                                                              : decodeScaled(*index, first, tensor.exponent, out);
}

Status FileSource::decodeScaled(std::size_t index, std::int64_t row0, int exponent, Span2d<float> out)
{
    std::vector<double> row(std::size_t(out.cols));
    for (std::int64_t i = 0; i < out.rows; ++i) {
        if (Status read = readStacked(index, row0 + i, 1, std::as_writable_bytes(std::span(row))); !read)
            return read;
        for (std::size_t col = 0; col < row.size(); ++col)
            out.row(i)[col] = static_cast<float>(std::ldexp(row[col], -exponent));
    }
    return {};
}

Status FileSource::decodeRows(std::size_t index, std::int64_t row0, Span2d<float> out)
{
    const TensorInfo &own = m_tensors[index];
    if (own.dtype == DType::F32 && out.stride == out.cols)
        return readStacked(index, row0, out.rows, std::as_writable_bytes(std::span(out.data, std::size_t(out.size()))));

    const auto rowBytes = checkedMultiply(out.cols, bytesOf(own.dtype));
    if (!rowBytes)
        return fail(ErrorKind::Resource, where(own), "has rows of more bytes than can be counted");
    const std::int64_t together = std::max<std::int64_t>(1, rowsTogether(index));
    const std::int64_t fitting = std::max<std::int64_t>(1, panelBytes / *rowBytes);
    const std::int64_t panelRows = std::min(out.rows, fitting < together ? fitting : fitting / together * together);
    const auto buffer = checkedMultiply(panelRows, *rowBytes);
    std::vector<std::byte> raw;
    try {
        raw.resize(std::size_t(buffer.value_or(-1)));
    } catch (const std::exception &) { // bad_alloc, length_error
        return fail(ErrorKind::Resource, where(own), "needs " + std::to_string(*rowBytes) + " bytes for one row");
    }
    for (std::int64_t done = 0; done < out.rows; done += panelRows) {
        const std::int64_t rows = std::min(panelRows, out.rows - done);
        const std::span<std::byte> panel = std::span(raw).first(std::size_t(rows * *rowBytes));
        if (Status read = readStacked(index, row0 + done, rows, panel); !read)
            return read;
        for (std::int64_t row = 0; row < rows; ++row)
            decode(own.dtype, panel.subspan(std::size_t(row * *rowBytes), std::size_t(*rowBytes)), out.row(done + row));
    }
    return {};
}

} // namespace nms
