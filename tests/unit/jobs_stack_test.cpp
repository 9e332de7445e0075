// SPDX-License-Identifier: Apache-2.0
// Tensors of more than two dimensions from file to file: read, solved, written and verified matrix by matrix. Expectations
// count through the dimensions themselves.
#include "core/io/mask_file.h"
#include "core/io/weights_file.h"
#include "core/jobs/compare_file.h"
#include "core/jobs/inspect_file.h"
#include "core/jobs/solve_file.h"
#include "core/jobs/verify_file.h"
#include "tests/unit/jobs_support.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

namespace nms::test {

namespace {

/// Strides of a row-major tensor.
std::vector<std::int64_t> stridesOf(const std::vector<std::int64_t> &shape)
{
    std::vector<std::int64_t> strides(shape.size(), 1);
    for (std::size_t i = shape.size() - 1; i-- > 0;)
        strides[i] = strides[i + 1] * shape[i + 1];
    return strides;
}

struct Stacked {
    std::string path;
    std::vector<std::int64_t> shape;
    std::size_t rowDimension, colDimension; // of the matrix; the others count the stack
};

const std::vector<Stacked> tensors = {
    {"conv.weight", {19, 17, 3, 2}, 0, 1}, // tiles end anywhere
    {"even.weight", {24, 16, 2, 3}, 0, 1}, // tiles end where a matrix does
    {"conv1d.weight", {9, 33, 5}, 0, 1},    {"volume.weight", {8, 9, 2, 1, 2}, 0, 1},   {"experts.w", {3, 10, 23}, 1, 2},
    {"block/kernel", {2, 2, 13, 11}, 2, 3}, {"pointwise.weight", {20, 12, 1, 1}, 0, 1}, {"linear.weight", {21, 34}, 0, 1},
};

/// Calls visit(row, col, element) for all cells of each matrix; matrix(k) goes before each.
template <class Visit, class Begin> void forEachMatrix(const Stacked &tensor, const Begin &begin, const Visit &visit)
{
    const auto strides = stridesOf(tensor.shape);
    std::vector<std::int64_t> index(tensor.shape.size(), 0);
    for (bool more = true; more;) {
        std::int64_t base = 0;
        for (std::size_t i = 0; i < index.size(); ++i)
            base += index[i] * strides[i];
        begin();
        for (std::int64_t row = 0; row < tensor.shape[tensor.rowDimension]; ++row)
            for (std::int64_t col = 0; col < tensor.shape[tensor.colDimension]; ++col)
                visit(row, col, base + row * strides[tensor.rowDimension] + col * strides[tensor.colDimension]);
        more = false;
        for (std::size_t i = index.size(); i-- > 0 && !more;) {
            if (i == tensor.rowDimension || i == tensor.colDimension)
                continue;
            more = ++index[i] < tensor.shape[i];
            index[i] = more ? index[i] : 0;
        }
    }
}

/// The bytes of a mask as the file has them.
std::vector<std::byte> rawOf(TensorSource &source, const std::string &path)
{
    const Result<TensorInfo> info = findTensor(source, path);
    EXPECT_TRUE(info) << path;
    std::vector<std::byte> raw(std::size_t(info->elements()) * std::size_t(bytesOf(info->dtype)));
    EXPECT_TRUE(source.readRawRows(*info, 0, info->rawRows(), raw));
    return raw;
}

class JobsStack : public JobsTest
{
protected:
    JobsStack()
    {
        unsigned seed = 1;
        for (const Stacked &tensor : tensors)
            m_weights.push_back(gaussianWeights(tensor.path, tensor.shape, seed++));
        m_file = write("w.safetensors", m_weights);
    }

    jobs::SolveFileReport solve(const std::string &out, MaskFormat format, NmPattern pattern = {2, 4},
                                Method method = provingMethod())
    {
        jobs::SolveFileSettings settings{.file = m_file, .out = path(out)};
        settings.options.pattern = pattern;
        settings.options.method = method;
        settings.format = format;
        const auto report = jobs::solveFile(settings, *m_cpu, {});
        EXPECT_TRUE(report) << report.error().line();
        return report ? *report : jobs::SolveFileReport();
    }

    /// Every row and column of every tile of every matrix, by `kept` of each element of the file.
    template <class Kept> void expectTransposable(const Stacked &tensor, NmPattern pattern, const Kept &kept) const
    {
        const std::int64_t rows = tensor.shape[tensor.rowDimension], cols = tensor.shape[tensor.colDimension];
        const int m = pattern.m;
        std::vector<std::vector<int>> inRow, inCol; // by group of columns and row, by group of rows and column
        const auto check = [&] {
            for (std::size_t group = 0; group < inRow.size(); ++group)
                for (std::int64_t row = 0; row < rows; ++row) {
                    const bool full = row < rows / m * m && std::int64_t(group + 1) * m <= cols;
                    const int count = inRow[group][std::size_t(row)];
                    ASSERT_TRUE(full ? count == pattern.n : count <= pattern.n) << tensor.path << " row " << row;
                }
            for (std::size_t group = 0; group < inCol.size(); ++group)
                for (std::int64_t col = 0; col < cols; ++col) {
                    const bool full = col < cols / m * m && std::int64_t(group + 1) * m <= rows;
                    const int count = inCol[group][std::size_t(col)];
                    ASSERT_TRUE(full ? count == pattern.n : count <= pattern.n) << tensor.path << " column " << col;
                }
        };
        forEachMatrix(
            tensor,
            [&] {
                check();
                inRow.assign(std::size_t((cols + m - 1) / m), std::vector<int>(std::size_t(rows)));
                inCol.assign(std::size_t((rows + m - 1) / m), std::vector<int>(std::size_t(cols)));
            },
            [&](std::int64_t row, std::int64_t col, std::int64_t element) {
                if (!kept(element))
                    return;
                ++inRow[std::size_t(col / m)][std::size_t(row)];
                ++inCol[std::size_t(row / m)][std::size_t(col)];
            });
        check();
    }

    std::vector<NamedWeights> m_weights;
    std::string m_file;
};

} // namespace

TEST_F(JobsStack, ValuesStandWhereTheFileHasThem)
{
    const auto source = openWeights(m_file);
    ASSERT_TRUE(source) << source.error().line();
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        SCOPED_TRACE(tensors[i].path);
        const Result<TensorInfo> info = findTensor(**source, tensors[i].path);
        ASSERT_TRUE(info);
        Matrix<float> all(info->rows(), info->cols());
        ASSERT_TRUE((*source)->readRows(*info, 0, all.span()));
        std::int64_t matrix = -1;
        std::int64_t wrong = 0;
        forEachMatrix(
            tensors[i], [&] { ++matrix; },
            [&](std::int64_t row, std::int64_t col, std::int64_t element) {
                wrong += all(matrix * info->matrixRows() + row, col) != m_weights[i].values[std::size_t(element)];
            });
        EXPECT_EQ(wrong, 0);
        EXPECT_EQ(matrix + 1, info->matrices());
        // One matrix alone, a row at a time from the middle on.
        const TensorInfo last = info->matrices() > 1 ? matrixOf(*info, info->matrices() - 1) : *info;
        const Result<TensorInfo> found = findTensor(**source, last.path);
        ASSERT_TRUE(found) << last.path;
        EXPECT_EQ(found->matrix, last.matrix);
        for (std::int64_t row = last.rows() / 2; row < last.rows(); ++row) {
            Matrix<float> one(1, last.cols());
            ASSERT_TRUE((*source)->readRows(last, row, one.span()));
            EXPECT_TRUE(std::ranges::equal(one.span().row(0), all.span().row(all.rows() - last.rows() + row)));
        }
    }
}

TEST_F(JobsStack, MasksKeepTheFilesShapeAndHoldInEveryMatrix)
{
    for (const char *out : {"m.safetensors", "m.h5"}) {
        for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{3, 8}}) {
            solve(out, MaskFormat::Bytes, pattern);
            const auto masks = openWeights(path(out));
            ASSERT_TRUE(masks) << masks.error().line();
            for (const Stacked &tensor : tensors) {
                const Result<TensorInfo> info = findTensor(**masks, tensor.path + "/mask");
                ASSERT_TRUE(info) << tensor.path;
                EXPECT_EQ(info->shape, tensor.shape);
                const auto raw = rawOf(**masks, tensor.path + "/mask");
                expectTransposable(tensor, pattern, [&](std::int64_t i) { return raw[std::size_t(i)] == std::byte(1); });
            }
            const auto verified = jobs::verifyFile({path(out), m_file}, *m_cpu, {});
            ASSERT_TRUE(verified) << verified.error().line();
            EXPECT_TRUE(verified->holds());
            EXPECT_EQ(verified->verdicts.size(), tensors.size());
            for (const jobs::MaskVerdict &verdict : verified->verdicts)
                EXPECT_EQ(verdict.report.relativeGap, 0) << verdict.report.path;
        }
    }
}

TEST_F(JobsStack, PackedMasksAreTheStackedRows)
{
    solve("m.h5", MaskFormat::Bytes);
    solve("p.h5", MaskFormat::Packed);
    const auto bytes = MaskFile::open(path("m.h5")), packed = MaskFile::open(path("p.h5"));
    ASSERT_TRUE(bytes && packed);
    ASSERT_EQ((*bytes)->masks().size(), (*packed)->masks().size());
    for (std::size_t i = 0; i < (*bytes)->masks().size(); ++i) {
        const MaskEntry &entry = (*packed)->masks()[i];
        EXPECT_EQ(entry.format, MaskFormat::Packed);
        EXPECT_EQ(entry.axes.letters, (*bytes)->masks()[i].axes.letters);
        const auto one = (*bytes)->read((*bytes)->masks()[i]), other = (*packed)->read(entry);
        ASSERT_TRUE(one && other) << entry.tensorPath;
        EXPECT_EQ(*one, *other) << entry.tensorPath;
    }
    const auto verified = jobs::verifyFile({path("p.h5"), m_file}, *m_cpu, {});
    ASSERT_TRUE(verified) << verified.error().line();
    EXPECT_TRUE(verified->holds());
}

TEST_F(JobsStack, AppliedWeightsAreZeroWhereTheMaskIsAndElseTheSame)
{
    solve("m.safetensors", MaskFormat::Bytes);
    solve("a.safetensors", MaskFormat::Applied);
    const auto masks = openWeights(path("m.safetensors")), applied = openWeights(path("a.safetensors"));
    ASSERT_TRUE(masks && applied);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const auto mask = rawOf(**masks, tensors[i].path + "/mask");
        const auto values = rawOf(**applied, tensors[i].path);
        const std::span<const float> kept(reinterpret_cast<const float *>(values.data()), mask.size());
        for (std::size_t k = 0; k < mask.size(); ++k)
            ASSERT_EQ(kept[k], mask[k] == std::byte(1) ? m_weights[i].values[k] : 0.0F) << tensors[i].path;
    }
}

TEST_F(JobsStack, EveryKindOfPromiseIsCountedMatrixByMatrix)
{
    for (const char *name : {"row-nm", "col-nm", "unstructured", "greedy+swap"}) {
        SCOPED_TRACE(name);
        solve("m.h5", MaskFormat::Bytes, {2, 4}, *methodByName(name));
        const auto verified = jobs::verifyFile({path("m.h5"), m_file}, *m_cpu, {});
        ASSERT_TRUE(verified) << verified.error().line();
        EXPECT_TRUE(verified->holds());
    }
}

TEST_F(JobsStack, ReportsSumOverTheMatrices)
{
    const auto report = solve("m.h5", MaskFormat::Bytes);
    jobs::CompareSettings settings{.file = m_file};
    settings.patterns = {{2, 4}};
    settings.methods = {provingMethod()};
    const auto compared = jobs::compareFile(settings, *m_cpu, *m_cpu, {});
    ASSERT_TRUE(compared) << compared.error().line();
    ASSERT_EQ(compared->masks.size(), report.tensors.size());
    for (std::size_t i = 0; i < report.tensors.size(); ++i) {
        const jobs::MaskReport &one = report.tensors[i].report, &other = compared->masks[i].report;
        EXPECT_EQ(one.path, other.path);
        EXPECT_EQ(one.tiles, other.tiles);
        EXPECT_NEAR(*one.objective, *other.objective, 1e-9 * *one.objective);
        EXPECT_EQ(one.keptFraction, other.keptFraction);
        EXPECT_NEAR(*one.relativeSquaredError, *other.relativeSquaredError, 1e-12);
    }
}

TEST_F(JobsStack, PatternsAreThoseThatHoldInEveryMatrix)
{
    const auto weightsAt = [&](std::size_t i) -> std::vector<float> & {
        return m_weights[i].values;
    };
    // 2:4 along the columns of every matrix, that is along C_in, and nothing along the file's own last dimension.
    forEachMatrix(
        tensors[1], [] {},
        [&](std::int64_t, std::int64_t col, std::int64_t element) {
            if (col % 4 >= 2)
                weightsAt(1)[std::size_t(element)] = 0;
        });
    m_file = write("w.safetensors", m_weights);
    const auto report = jobs::inspectFile({m_file}, {});
    ASSERT_TRUE(report) << report.error().line();
    const DetectedPatterns &found = *report->tensors[1].patterns;
    EXPECT_THAT(found.alongRows, testing::Contains(NmPattern{2, 4}));
    EXPECT_TRUE(found.alongColumns.empty());
    EXPECT_EQ(found.sparsity, 0.5);
}

TEST_F(JobsStack, AxesCanBeToldOtherwise)
{
    jobs::SolveFileSettings settings{.file = m_file, .out = path("m.h5")};
    settings.options.pattern = {2, 4};
    settings.tensors.named = {"experts.w"};
    settings.tensors.axes = {*AxesRule::parse("experts*=oie")}; // the last dimension counts
    const auto report = jobs::solveFile(settings, *m_cpu, {});
    ASSERT_FALSE(report); // three rows
    EXPECT_EQ(report.error().kind, ErrorKind::Input);
    settings.tensors.axes = {*AxesRule::parse("experts*=oi")};
    EXPECT_EQ(jobs::solveFile(settings, *m_cpu, {}).error().kind, ErrorKind::Usage);
    settings.tensors.axes = {*AxesRule::parse("experts*=ooi")}; // one matrix of 30 × 23
    const auto joined = jobs::solveFile(settings, *m_cpu, {});
    ASSERT_TRUE(joined) << joined.error().line();
    EXPECT_EQ(joined->tensors[0].report.tiles, 8 * 6);
    EXPECT_EQ(joined->tensors[0].report.axes, "ooi");
    const auto verified = jobs::verifyFile({path("m.h5"), m_file}, *m_cpu, {}); // the mask says its axes
    ASSERT_TRUE(verified) << verified.error().line();
    EXPECT_TRUE(verified->holds());
    EXPECT_EQ(verified->verdicts[0].report.tiles, 8 * 6);
}

TEST_F(JobsStack, DoublesBeyondFloatAreScoredAsTheyAre)
{
    // The same weights in ordinary units and times 2^500, 2^-700: the same masks, objectives in their own units.
    const NamedWeights plain = gaussianWeights("w", {18, 26}, 5);
    jobs::SolveFileSettings settings;
    settings.options.pattern = {2, 4};
    std::optional<Mask> expected;
    double objective = 0;
    for (const int exponent : {0, 500, -700}) {
        SCOPED_TRACE(exponent);
        std::string data;
        for (const float value : plain.values) {
            const double scaled = std::ldexp(double(value), exponent);
            data.append(reinterpret_cast<const char *>(&scaled), sizeof scaled);
        }
        std::string header =
            R"({"w":{"dtype":"F64","shape":[18,26],"data_offsets":[0,)" + std::to_string(data.size()) + "]}}";
        header.resize((header.size() + 7) / 8 * 8, ' ');
        std::string prefix;
        for (int i = 0; i < 8; ++i)
            prefix += char(header.size() >> (8 * i) & 0xff);
        settings.file = writeFile("d.safetensors", prefix.append(header).append(data));
        for (const char *score : {"abs", "square"}) {
            settings.score = score;
            settings.out = path("d.h5");
            const auto report = jobs::solveFile(settings, *m_cpu, {});
            ASSERT_TRUE(report) << report.error().line();
            const auto masks = MaskFile::open(settings.out);
            ASSERT_TRUE(masks);
            const auto mask = (*masks)->read((*masks)->masks().at(0));
            ASSERT_TRUE(mask);
            if (score == std::string("abs")) {
                if (!expected) {
                    expected = *mask;
                    objective = *report->tensors[0].report.objective;
                }
                EXPECT_EQ(*mask, *expected);
                EXPECT_NEAR(*report->tensors[0].report.objective, std::ldexp(objective, exponent),
                            1e-6 * std::ldexp(objective, exponent));
            }
            const auto verified = jobs::verifyFile({settings.out, settings.file}, *m_cpu, {});
            ASSERT_TRUE(verified) << verified.error().line();
            EXPECT_TRUE(verified->holds());
            if (exponent == -700 && score == std::string("square"))
                continue; // W² is below what a double holds
            EXPECT_NEAR(*verified->verdicts[0].report.objective, *report->tensors[0].report.objective,
                        1e-6 * *report->tensors[0].report.objective);
        }
        jobs::CompareSettings compare{.file = settings.file};
        compare.patterns = {{2, 4}};
        compare.methods = {provingMethod()};
        const auto compared = jobs::compareFile(compare, *m_cpu, *m_cpu, {});
        ASSERT_TRUE(compared) << compared.error().line();
        EXPECT_NEAR(*compared->masks[0].report.objective, std::ldexp(objective, exponent),
                    1e-6 * std::ldexp(objective, exponent));
    }
}

TEST_F(JobsStack, OneMatrixCanBeSolvedAlone)
{
    jobs::SolveFileSettings settings{.file = m_file, .out = path("m.h5")};
    settings.options.pattern = {2, 4};
    settings.tensors.named = {"conv.weight[2,1]", "block/kernel[0,1]"};
    const auto report = jobs::solveFile(settings, *m_cpu, {});
    ASSERT_TRUE(report) << report.error().line();
    EXPECT_EQ(report->tensors[0].report.tiles, 5 * 5);
    const auto verified = jobs::verifyFile({path("m.h5"), m_file}, *m_cpu, {});
    ASSERT_TRUE(verified) << verified.error().line();
    EXPECT_TRUE(verified->holds());
    EXPECT_EQ(verified->verdicts[0].report.relativeGap, 0);
    settings.format = MaskFormat::Applied;
    EXPECT_EQ(jobs::solveFile(settings, *m_cpu, {}).error().kind, ErrorKind::Unsupported);
}

} // namespace nms::test
