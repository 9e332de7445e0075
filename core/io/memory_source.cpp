// SPDX-License-Identifier: Apache-2.0
#include "core/io/memory_source.h"

#include "core/base/number_text.h"
#include "core/io/file_source.h"

#include <cstring>

namespace nms {

namespace {

template <std::size_t Bytes> void gather(const std::byte *from, const Stack &stack, std::span<std::byte> out)
{
    for (std::int64_t col = 0; col < stack.cols(); ++col)
        std::memcpy(out.data() + std::size_t(col) * Bytes, from + stack.columnOffset(col) * std::int64_t(Bytes), Bytes);
}

/// One row of the stacked view, which begins at `from`, packed.
void gatherRow(const std::byte *from, const Stack &stack, int bytes, std::span<std::byte> out)
{
    if (stack.columnsAreNeighbours())
        std::memcpy(out.data(), from, out.size());
    else if (bytes == 1)
        gather<1>(from, stack, out);
    else if (bytes == 2)
        gather<2>(from, stack, out);
    else if (bytes == 4)
        gather<4>(from, stack, out);
    else
        gather<8>(from, stack, out);
}

class MemorySource final : public FileSource
{
public:
    MemorySource(std::string name, std::vector<MemoryTensor> tensors, std::string format)
        : FileSource(std::move(name)), m_tensors(std::move(tensors)), m_format(std::move(format))
    {
        std::vector<TensorInfo> infos;
        for (const MemoryTensor &tensor : m_tensors) {
            TensorInfo info;
            info.path = tensor.path;
            info.shape = tensor.shape;
            info.dtype = tensor.dtype;
            info.storedType = nameOf(tensor.dtype);
            info.layout = "memory";
            if (!tensor.axes.empty())
                info.axes = {tensor.axes, "given"};
            infos.push_back(std::move(info));
        }
        setTensors(std::move(infos));
    }

    std::string_view format() const override { return m_format; }
    Result<Attributes> attributes(const TensorInfo &) override { return Attributes(); }

protected:
    /// The order of dimensions is that of the shape, whatever the strides say.
    Status readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) override
    {
        const TensorInfo &info = tensors()[index];
        const std::string letters =
            info.shape.empty() ? std::string() : "r" + std::string(std::max<std::size_t>(2, info.shape.size()) - 1, 'c');
        std::vector<std::int64_t> shape = info.shape, strides = m_tensors[index].strides;
        if (shape.size() < 2) { // a scalar is 1 × 1, a vector n × 1
            shape.resize(2, 1);
            strides.resize(2, 1);
        }
        return read(index, Stack(shape, letters.empty() ? "rc" : letters, strides), row0, rows, out);
    }
    Status readStacked(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) override
    {
        const TensorInfo &info = tensors()[index];
        return read(index, Stack(info.shape, info.axes.letters, m_tensors[index].strides), row0, rows, out);
    }
    std::int64_t rowsTogether(std::size_t) const override { return 1; }

private:
    Status read(std::size_t index, const Stack &stack, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) const
    {
        const MemoryTensor &tensor = m_tensors[index];
        const int bytes = bytesOf(tensor.dtype);
        const auto rowBytes = std::size_t(stack.cols() * bytes);
        for (std::int64_t row = 0; row < rows; ++row)
            gatherRow(tensor.data + stack.rowOffset(row0 + row) * bytes, stack, bytes,
                      out.subspan(std::size_t(row) * rowBytes, rowBytes));
        return {};
    }

    const std::vector<MemoryTensor> m_tensors;
    const std::string m_format;
};

} // namespace

Result<std::unique_ptr<FileSource>> openMemorySource(std::string name, std::vector<MemoryTensor> tensors, std::string format)
{
    for (const MemoryTensor &tensor : tensors) {
        const std::string where = name + ": " + tensor.path;
        if (tensor.strides.size() != tensor.shape.size())
            return fail(ErrorKind::Internal, where,
                        "has " + std::to_string(tensor.shape.size()) + " dimensions, but " +
                            std::to_string(tensor.strides.size()) + " strides");
        if (tensor.axes.empty())
            continue;
        if (const std::string problem = axesProblem(tensor.axes, tensor.shape.size()); !problem.empty())
            return fail(ErrorKind::Usage, where, "is " + formatShape(tensor.shape) + ": it " + problem,
                        "give one letter for each dimension: o (out) and i (in) make the matrix, any other letter counts "
                        "the stack");
    }
    return std::unique_ptr<FileSource>(
        std::make_unique<MemorySource>(std::move(name), std::move(tensors), std::move(format)));
}

Result<std::unique_ptr<TensorSource>> openMemory(std::string name, std::vector<MemoryTensor> tensors, std::string format)
{
    auto source = openMemorySource(std::move(name), std::move(tensors), std::move(format));
    if (!source)
        return fail(source.error());
    return std::unique_ptr<TensorSource>(*std::move(source));
}

} // namespace nms
