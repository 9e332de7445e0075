// SPDX-License-Identifier: Apache-2.0
#include "core/io/mask_file.h"

#include "core/base/checked.h"
#include "core/io/mask_bytes.h"
#include "core/io/open_file.h"

#include <algorithm>
#include <new>
#include <unordered_map>

namespace nms {

namespace {

constexpr std::int64_t panelBytes = 16 << 20;

TensorInfo shaped(std::vector<std::int64_t> shape)
{
    TensorInfo info;
    info.shape = std::move(shape);
    return info;
}

/// The facts as far as they are there and of the right type.
void takeFacts(const Attributes &attributes, MaskEntry &entry)
{
    const auto n = attribute<std::int64_t>(attributes, "n");
    const auto m = attribute<std::int64_t>(attributes, "m");
    if (n && m && *n >= 1 && *n <= *m && *m <= NmPattern::maxM)
        entry.pattern = NmPattern{int(*n), int(*m)};
    entry.method = attribute<std::string>(attributes, "method");
    entry.tau = attribute<double>(attributes, "tau");
    entry.iterations = attribute<std::int64_t>(attributes, "iterations");
    entry.tolerance = attribute<double>(attributes, "tolerance");
    entry.warmStart = attribute<std::string>(attributes, "warm_start");
    entry.score = attribute<std::string>(attributes, "score");
    entry.rounding = attribute<std::string>(attributes, "rounding");
    entry.objective = attribute<double>(attributes, "objective");
    entry.upperBound = attribute<double>(attributes, "upper_bound");
    entry.relativeGap = attribute<double>(attributes, "relative_gap");
    entry.transposable = attribute<bool>(attributes, "transposable");
    entry.source = attribute<std::string>(attributes, "source");
    entry.version = attribute<std::string>(attributes, "nmscope_version");
}

/// Is this tensor a mask, and how does it lie there? Nothing when it is none.
Result<std::optional<MaskEntry>> entryOf(const TensorInfo &tensor, FileSource &source)
{
    const bool namedMask = tensor.path == "mask" || tensor.path.ends_with("/mask");
    const bool bytes = tensor.shape.size() >= 2 && (tensor.dtype == DType::Bool || (tensor.dtype == DType::U8 && namedMask));
    if (!bytes && !tensor.isMatrix())
        return std::nullopt;
    const auto told = source.attributes(tensor);
    if (!told)
        return fail(told.error());
    const Attributes &attributes = *told;
    const auto format = attribute<std::string>(attributes, "format");
    if (!bytes && format != nameOf(MaskFormat::Applied))
        return std::nullopt;

    MaskEntry entry;
    entry.datasetPath = tensor.path;
    entry.tensorPath = bytes && tensor.path.ends_with("/mask") ? tensor.path.substr(0, tensor.path.size() - 5) : tensor.path;
    entry.shape = tensor.shape;
    entry.format = bytes ? MaskFormat::Bytes : MaskFormat::Applied;
    if (bytes && format == nameOf(MaskFormat::Packed)) {
        entry.format = MaskFormat::Packed;
        entry.shape = attribute<std::vector<std::int64_t>>(attributes, "shape").value_or(std::vector<std::int64_t>());
        const TensorInfo weights = shaped(entry.shape);
        if (entry.shape.size() < 2 || !checkedProduct(entry.shape) ||
            tensor.shape != std::vector{weights.rows(), packedBytesPerRow(weights.cols())})
            return fail(ErrorKind::Input, source.fileName() + ": " + tensor.path,
                        "says that it is packed, but its attribute `shape` does not go with its size",
                        "write the masks anew");
    }
    entry.rows = shaped(entry.shape).rows();
    entry.cols = shaped(entry.shape).cols();
    takeFacts(attributes, entry);
    return entry;
}

} // namespace

struct MaskFile::Private {
    std::unique_ptr<FileSource> source;
    std::vector<MaskEntry> masks;
    std::vector<TensorInfo> tensors; // of each mask
    std::unordered_map<std::string, std::size_t> indexByPath;

    /// The tensor of one of our entries, or an Internal error.
    Result<TensorInfo> tensorOf(const MaskEntry &entry) const;
    Status readInto(const TensorInfo &tensor, MaskFormat format, std::int64_t row0, Mask &mask);
    std::string where(const TensorInfo &tensor) const { return source->fileName() + ": " + tensor.path; }
};

MaskFile::MaskFile(std::unique_ptr<Private> d_) : d(std::move(d_)) { }
MaskFile::~MaskFile() = default;

Result<std::unique_ptr<MaskFile>> MaskFile::open(const std::string &file, const std::stop_token &stop)
{
    try {
        return list(file, stop);
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, file, "needs more memory than there is to list its masks",
                    "close other programs and try again");
    }
}

Result<std::unique_ptr<MaskFile>> MaskFile::list(const std::string &file, const std::stop_token &stop)
{
    auto source = openFileSource(file, stop);
    if (!source)
        return fail(source.error());
    auto d = std::make_unique<Private>();
    d->source = *std::move(source);
    for (const TensorInfo &tensor : d->source->tensors()) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, file, "opening was cancelled");
        auto entry = entryOf(tensor, *d->source);
        if (!entry)
            return fail(entry.error());
        if (*entry) {
            d->indexByPath.emplace(tensor.path, d->masks.size());
            d->masks.push_back(**std::move(entry));
            d->tensors.push_back(tensor);
        }
    }
    if (d->masks.empty())
        return fail(ErrorKind::Input, file, "holds no masks",
                    "masks are datasets called <tensor>/mask of uint8 or bool, as nmscope solve writes them");
    return std::unique_ptr<MaskFile>(new MaskFile(std::move(d)));
}

const std::string &MaskFile::fileName() const
{
    return d->source->fileName();
}

const std::vector<MaskEntry> &MaskFile::masks() const
{
    return d->masks;
}

Result<TensorInfo> MaskFile::Private::tensorOf(const MaskEntry &entry) const
{
    if (const auto found = indexByPath.find(entry.datasetPath); found != indexByPath.end())
        return tensors[found->second];
    return fail(ErrorKind::Internal, source->fileName() + ": " + entry.datasetPath, "is no mask of this file");
}

Status MaskFile::Private::readInto(const TensorInfo &tensor, MaskFormat format, std::int64_t row0, Mask &mask)
{
    const std::int64_t rowBytes = tensor.rawCols() * bytesOf(tensor.dtype); // fits: checked when the file was opened
    const std::int64_t panelRows = std::max<std::int64_t>(1, panelBytes / std::max<std::int64_t>(1, rowBytes));
    std::vector<std::byte> raw;
    for (std::int64_t row = 0; row < mask.rows(); row += panelRows) {
        const std::int64_t rows = std::min(panelRows, mask.rows() - row);
        raw.resize(std::size_t(rows * rowBytes));
        if (Status read = source->readRawRows(tensor, row0 + row, rows, raw); !read)
            return read;
        std::optional<BadEntry> bad;
        if (format == MaskFormat::Applied)
            nonzerosToMask(raw, tensor.dtype, row, rows, mask);
        else
            bad = format == MaskFormat::Packed ? unpackMask(raw, row, rows, mask) : bytesToMask(raw, row, rows, mask);
        if (!bad)
            continue;
        const std::string place = "(" + std::to_string(row0 + bad->row) + ", " + std::to_string(bad->col) + ")";
        return fail(ErrorKind::Input, where(tensor),
                    format == MaskFormat::Packed
                        ? "has a bit set behind the last column of row " + std::to_string(row0 + bad->row)
                        : "holds " + std::to_string(bad->value) + " at " + place + ", but a mask is 0 or 1",
                    "it is damaged or no mask");
    }
    return {};
}

Result<Mask> MaskFile::readRows(const MaskEntry &entry, std::int64_t row0, std::int64_t rows)
{
    const auto tensor = d->tensorOf(entry);
    if (!tensor)
        return fail(tensor.error());
    if (row0 < 0 || rows < 0 || row0 > entry.rows - rows)
        return fail(ErrorKind::Internal, d->where(*tensor), "was asked for rows that it does not have");
    constexpr std::int64_t mostMaskBytes = std::int64_t(8) << 30;
    const std::int64_t sizes[] = {rows, entry.cols / 64 + 1, 8};
    const auto maskBytes = checkedProduct(sizes);
    const auto failed = [&] {
        return fail(ErrorKind::Resource, d->where(*tensor),
                    "has a mask of " + std::to_string(rows) + "×" + std::to_string(entry.cols) + ", too much for memory");
    };
    if (!maskBytes || *maskBytes > mostMaskBytes)
        return failed();
    try {
        Mask mask(rows, entry.cols);
        if (mask.rows() * mask.cols() > 0)
            if (Status read = d->readInto(*tensor, entry.format, row0, mask); !read)
                return fail(read.error());
        return mask;
    } catch (const std::exception &) { // bad_alloc, length_error
        return failed();
    }
}

Result<Mask> MaskFile::read(const MaskEntry &entry)
{
    return readRows(entry, 0, entry.rows);
}

} // namespace nms
