// SPDX-License-Identifier: Apache-2.0
#include "core/io/mask_file.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/io/file_source.h"
#include "core/io/masks/mask_bytes.h"

#include <algorithm>
#include <new>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nms {

namespace {

constexpr std::int64_t panelBytes = 16 << 20;

/// The axes from the mask's attributes. Without them: for a packed mask (of an older version) the first dimension × all
/// others, otherwise `told`.
Axes axesOf(const Attributes &attributes, const MaskEntry &entry, const Axes &told)
{
    const auto letters = attribute<std::string>(attributes, "axes");
    if (letters && axesProblem(*letters, entry.shape.size()).empty())
        return {*letters, "said by the mask"};
    if (entry.format != MaskFormat::Packed)
        return told;
    return {"o" + std::string(std::max<std::size_t>(1, entry.shape.size()) - 1, 'i'), "packed in rows"};
}

void takeAxes(MaskEntry &entry, Axes axes)
{
    const Stack stack(entry.shape, axes.letters);
    entry.axes = std::move(axes);
    const std::int64_t sizes[] = {stack.count(), stack.rows()};
    entry.rows = saturatingProduct(sizes);
    entry.cols = stack.cols();
    entry.matrixRows = stack.rows();
}

/// Copies the facts that exist and have the right type.
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

/// The suffix that marks a name as that of a mask: ours, and those of torch.nn.utils.prune and others. Empty if there is
/// none.
std::string_view maskEnding(std::string_view path)
{
    if (path == "mask")
        return path;
    for (const std::string_view ending : {"/mask", ".mask", "_mask"})
        if (path.size() > ending.size() && path.ends_with(ending))
            return ending;
    return {};
}

/// The entry of this tensor if it is a mask; otherwise nullopt.
Result<std::optional<MaskEntry>> entryOf(const TensorInfo &tensor, FileSource &source)
{
    const std::string_view ending = maskEnding(tensor.path);
    const bool isTyped = tensor.dtype == DType::Bool || (tensor.dtype != DType::Other && !ending.empty());
    const bool bytes = tensor.shape.size() >= 2 && tensor.unreadable.empty() && isTyped;
    if ((!bytes && !tensor.isMatrix()) || (bytes && tensor.stack().count() == 0))
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
    entry.tensorPath = tensor.path.substr(0, tensor.path.size() - (bytes && ending != tensor.path ? ending.size() : 0));
    entry.shape = tensor.shape;
    entry.format = bytes ? MaskFormat::Bytes : MaskFormat::Applied;
    if (bytes && format == nameOf(MaskFormat::Packed)) {
        entry.format = MaskFormat::Packed;
        entry.shape = attribute<std::vector<std::int64_t>>(attributes, "shape").value_or(std::vector<std::int64_t>());
    }
    takeAxes(entry, axesOf(attributes, entry, tensor.axes));
    if (entry.format == MaskFormat::Packed &&
        (entry.shape.size() < 2 || !checkedProduct(entry.shape) ||
         tensor.shape != std::vector{entry.rows, packedBytesPerRow(entry.cols)}))
        return fail(ErrorKind::Input, source.fileName() + ": " + tensor.path,
                    "says that it is packed, but its attribute `shape` does not go with its size", "write the masks anew");
    takeFacts(attributes, entry);
    return entry;
}

/// The entry of a tensor with one bit for each element of one of the weights, in one dimension; nullopt if it is not such a
/// mask.
std::optional<MaskEntry> flatEntryOf(const TensorInfo &tensor, const TensorSource &weights)
{
    if (tensor.shape.size() != 1 || tensor.dtype != DType::U8)
        return std::nullopt;
    const std::string_view ending = maskEnding(tensor.path);
    for (const std::string &path : {tensor.path, tensor.path.substr(0, tensor.path.size() - ending.size())}) {
        const Result<TensorInfo> of = findTensor(weights, path);
        if (!of || !of->isMatrix() || of->matrix || packedBytesPerRow(of->elements()) != tensor.shape[0])
            continue;
        MaskEntry entry;
        entry.tensorPath = of->path;
        entry.datasetPath = tensor.path;
        entry.shape = of->shape;
        entry.format = MaskFormat::FlatBits;
        takeAxes(entry, of->axes);
        return entry;
    }
    return std::nullopt;
}

MaskEntry prunedEntryOf(const TensorInfo &tensor)
{
    MaskEntry entry;
    entry.tensorPath = entry.datasetPath = tensor.path;
    entry.shape = tensor.shape;
    entry.format = MaskFormat::Applied;
    entry.isPruned = true;
    takeAxes(entry, tensor.axes);
    return entry;
}

} // namespace

struct MaskFile::Private {
    std::unique_ptr<FileSource> source;
    std::vector<MaskEntry> masks;
    std::vector<TensorInfo> tensors; // of each mask
    std::unordered_map<std::string, std::size_t> indexByPath;
    std::string flatPath; // dataset whose content is in flatBits
    std::vector<std::byte> flatBits;

    /// The tensor of an entry of this file, or an Internal error.
    Result<TensorInfo> tensorOf(const MaskEntry &entry) const;
    void add(const TensorInfo &tensor, MaskEntry entry);
    Status readInto(const TensorInfo &tensor, MaskFormat format, std::int64_t row0, Mask &mask);
    Status readFlatBits(const MaskEntry &entry, const TensorInfo &tensor, std::int64_t row0, Mask &mask);
    std::string where(const TensorInfo &tensor) const { return source->fileName() + ": " + tensor.path; }
};

MaskFile::MaskFile(std::unique_ptr<Private> d_) : d(std::move(d_)) { }
MaskFile::~MaskFile() = default;

/// From now on the source reads with the entry's axes; a packed dataset is two-dimensional and is read as stored.
void MaskFile::Private::add(const TensorInfo &tensor, MaskEntry entry)
{
    TensorInfo read = tensor;
    if (entry.format != MaskFormat::FlatBits) {
        read.axes = entry.format == MaskFormat::Packed ? Axes{"rc", {}} : entry.axes;
        source->setAxes(tensor.path, read.axes);
    }
    indexByPath.emplace(tensor.path, masks.size());
    masks.push_back(std::move(entry));
    tensors.push_back(std::move(read));
}

bool MaskFile::setAxes(const std::string &datasetPath, const Axes &axes)
{
    const auto found = d->indexByPath.find(datasetPath);
    if (found == d->indexByPath.end())
        return false;
    MaskEntry &entry = d->masks[found->second];
    if (axes.letters == entry.axes.letters)
        return true;
    if (entry.format == MaskFormat::Packed || !axesProblem(axes.letters, entry.shape.size()).empty())
        return false;
    takeAxes(entry, axes);
    if (entry.format != MaskFormat::FlatBits) {
        d->tensors[found->second].axes = axes;
        d->source->setAxes(datasetPath, axes);
    }
    return true;
}

Result<std::unique_ptr<MaskFile>> MaskFile::open(const std::string &file, const std::stop_token &stop,
                                                 const MaskFileOptions &options)
{
    try {
        auto source = openFileSource(file, stop);
        if (!source)
            return fail(source.error());
        return list(*std::move(source), stop, options);
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, file, "needs more memory than there is to list its masks",
                    "close other programs and try again");
    }
}

Result<std::unique_ptr<MaskFile>> MaskFile::ofMemory(std::string name, std::vector<MemoryTensor> tensors,
                                                     const MaskFileOptions &options)
{
    auto source = openMemorySource(std::move(name), std::move(tensors));
    if (!source)
        return fail(source.error());
    return list(*std::move(source), {}, options);
}

Result<std::unique_ptr<MaskFile>> MaskFile::list(std::unique_ptr<FileSource> source, const std::stop_token &stop,
                                                 const MaskFileOptions &options)
{
    const std::string file = source->fileName();
    auto d = std::make_unique<Private>();
    d->source = std::move(source);
    std::vector<std::pair<TensorInfo, MaskEntry>> found; // axes are set at the end, since that changes the list of tensors
    for (const TensorInfo &tensor : d->source->tensors()) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, file, "opening was cancelled");
        auto entry = entryOf(tensor, *d->source);
        if (!entry)
            return fail(entry.error());
        if (*entry)
            found.emplace_back(tensor, **std::move(entry));
    }
    if (options.weights != nullptr)
        for (const TensorInfo &tensor : d->source->tensors())
            if (auto entry = flatEntryOf(tensor, *options.weights))
                found.emplace_back(tensor, *std::move(entry));
    if (found.empty() && options.prunedWeights)
        for (const TensorInfo &tensor : d->source->tensors())
            if (tensor.isMatrix())
                found.emplace_back(tensor, prunedEntryOf(tensor));
    for (auto &[tensor, entry] : found)
        d->add(tensor, std::move(entry));
    if (d->masks.empty())
        return fail(ErrorKind::Input, file, "holds no masks",
                    "masks are datasets called <tensor>/mask of uint8 or bool, as nmscope solve writes them");
    std::unique_ptr<MaskFile> opened(new MaskFile(std::move(d)));
    for (const AxesRule &rule : options.axes)
        for (const MaskEntry &entry : std::vector(opened->masks()))
            if (rule.matches(entry.tensorPath) && !opened->setAxes(entry.datasetPath, {rule.letters, "given by --axes"}))
                return fail(ErrorKind::Usage, file + ": " + entry.datasetPath,
                            "cannot be read by --axes " + rule.glob + "=" + rule.letters +
                                (entry.format == MaskFormat::Packed ? ": its bits are packed by " + entry.axes.letters
                                                                    : ": it is " + formatShape(entry.shape)),
                            "give --axes one letter for each dimension");
    return opened;
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
    const std::int64_t rowBytes = tensor.cols() * bytesOf(tensor.dtype); // fits: checked when the file was opened
    const std::int64_t panelRows = std::max<std::int64_t>(1, panelBytes / std::max<std::int64_t>(1, rowBytes));
    std::vector<std::byte> raw;
    for (std::int64_t row = 0; row < mask.rows(); row += panelRows) {
        const std::int64_t rows = std::min(panelRows, mask.rows() - row);
        raw.resize(std::size_t(rows * rowBytes));
        if (Status read = source->readMatrixRows(tensor, row0 + row, rows, raw); !read)
            return read;
        std::optional<BadEntry> bad;
        if (format == MaskFormat::Applied)
            nonzerosToMask(raw, tensor.dtype, row, rows, mask);
        else
            bad = format == MaskFormat::Packed ? unpackMask(raw, row, rows, mask)
                : bytesOf(tensor.dtype) == 1   ? bytesToMask(raw, row, rows, mask)
                                               : valuesToMask(raw, tensor.dtype, row, rows, mask);
        if (!bad)
            continue;
        const std::string place = "(" + std::to_string(row0 + bad->row) + ", " + std::to_string(bad->col) + ")";
        return fail(ErrorKind::Input, where(tensor),
                    format == MaskFormat::Packed
                        ? "has a bit set behind the last column of row " + std::to_string(row0 + bad->row)
                        : "holds " + formatNumber(bad->value) + " at " + place + ", but a mask is 0 or 1",
                    "it is damaged or no mask");
    }
    return {};
}

Status MaskFile::Private::readFlatBits(const MaskEntry &entry, const TensorInfo &tensor, std::int64_t row0, Mask &mask)
{
    if (flatPath != entry.datasetPath) {
        flatPath.clear();
        flatBits.resize(std::size_t(tensor.shape.front()));
        if (Status read = source->readRawRows(tensor, 0, tensor.shape.front(), flatBits); !read)
            return read;
        flatPath = entry.datasetPath;
    }
    const std::int64_t bits = saturatingProduct(entry.shape), behind = std::int64_t(flatBits.size()) * 8 - bits;
    if ((std::to_integer<unsigned>(flatBits.back()) & ((1U << behind) - 1)) != 0)
        return fail(ErrorKind::Input, where(tensor), "has a bit set behind the last element", "it is damaged or no mask");
    const Stack stack(entry.shape, entry.axes.letters);
    for (std::int64_t row = 0; row < mask.rows(); ++row) {
        const std::int64_t place = stack.rowOffset(row0 + row);
        for (std::int64_t col = 0; col < mask.cols(); ++col) {
            const std::int64_t bit = place + stack.columnOffset(col);
            mask.set(row, col, (std::to_integer<unsigned>(flatBits[std::size_t(bit / 8)]) >> (7 - bit % 8) & 1U) != 0);
        }
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
        if (mask.rows() * mask.cols() > 0 && entry.format == MaskFormat::FlatBits) {
            if (Status read = d->readFlatBits(entry, *tensor, row0, mask); !read)
                return fail(read.error());
        } else if (mask.rows() * mask.cols() > 0)
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
