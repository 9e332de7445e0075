// SPDX-License-Identifier: Apache-2.0
// A tile of the sandbox (.tile) as a file of weights: its scores are the one tensor, "tile".
#include "core/io/disk/regular_file.h"
#include "core/io/file_source.h"
#include "core/io/weights_format.h"
#include "core/sandbox/tile_text.h"

#include <cstring>

namespace nms {

namespace {

class TileFile final : public FileSource
{
public:
    static Result<std::unique_ptr<FileSource>> open(RegularFile file, const std::stop_token &)
    {
        // What a tile file cannot have is not read, however long the file is.
        std::string text(std::min<std::size_t>(std::size_t(file.size()), maxTileTextBytes + 1), '\0');
        if (const Status read = file.readAt(0, std::as_writable_bytes(std::span(text))); !read)
            return fail(read.error());
        auto tile = parseTile(text, file.path());
        if (!tile)
            return fail(tile.error());
        return std::unique_ptr<FileSource>(new TileFile(file.path(), std::move(tile->scores)));
    }

    std::string_view format() const override { return tileFormat.name; }
    Result<Attributes> attributes(const TensorInfo &) override { return Attributes(); }

protected:
    Status readRaw(std::size_t, std::int64_t row0, std::int64_t, std::span<std::byte> out) override
    {
        std::memcpy(out.data(), m_scores.data() + row0 * m_scores.cols(), out.size());
        return {};
    }
    std::int64_t rowsTogether(std::size_t) const override { return m_scores.rows(); }

private:
    TileFile(std::string path, Matrix<double> scores) : FileSource(std::move(path)), m_scores(std::move(scores))
    {
        TensorInfo info;
        info.path = "tile";
        info.shape = {m_scores.rows(), m_scores.cols()};
        info.dtype = DType::F64;
        info.storedType = "text";
        info.layout = "text";
        setTensors({std::move(info)});
    }

    const Matrix<double> m_scores;
};

Result<bool> hasMagic(std::string_view head, const RegularFile &)
{
    return head.starts_with(tileMagic);
}

constexpr std::string_view endings[] = {".tile"};

} // namespace

constinit const WeightsFormat tileFormat{"nmscope tile", endings, hasMagic, TileFile::open, nullptr};

} // namespace nms
