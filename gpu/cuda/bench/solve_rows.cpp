// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/bench/solve_rows.h"

#include "core/base/parallel.h"
#include "core/bench/timing.h"
#include "core/simd/half.h"
#include "core/sparsity/metrics.h"
#include "gpu/cuda/solve_launch.h"

#include <random>

namespace nms::warp::bench {
namespace {

constexpr int repetitions = 9;

constexpr NmPattern patterns[] = {{2, 4}, {4, 8}, {8, 16}, {16, 32}};

std::vector<std::byte> inType(const Matrix<float> &weights, WeightType type)
{
    const std::span<const float> from(weights.data(), std::size_t(weights.size()));
    std::vector<std::byte> bytes(from.size() * std::size_t(bytesOf(type)));
    const std::span<std::uint16_t> halves(reinterpret_cast<std::uint16_t *>(bytes.data()), bytes.size() / 2);
    if (type == WeightType::F16)
        floatToHalf(from, halves);
    else if (type == WeightType::BF16)
        for (std::size_t k = 0; k < from.size(); ++k)
            halves[k] = floatToBfloat16(from[k]);
    else
        std::ranges::copy(std::as_bytes(from), bytes.begin());
    return bytes;
}

/// Exactly n of each complete group of m; along rows, along columns or both.
bool keepsToPattern(const Solution &solution)
{
    const Mask &mask = solution.mask;
    const auto [n, m] = solution.options.pattern;
    if (isTransposable(solution.options.method))
        return checkTransposable(mask, solution.options.pattern).transposable();
    const bool rows = traitsOf(solution.options.method).lines == MaskPromise::Lines::Rows;
    const std::int64_t lines = rows ? mask.rows() : mask.cols(), length = rows ? mask.cols() : mask.rows();
    for (std::int64_t line = 0; line < lines; ++line)
        for (std::int64_t first = 0; first + m <= length; first += m) {
            int kept = 0;
            for (std::int64_t k = first; k < first + m; ++k)
                kept += rows ? mask.at(line, k) : mask.at(k, line);
            if (kept != n)
                return false;
        }
    return true;
}

/// A matrix on the device, and the buffers for its masks.
class ResidentMatrix
{
public:
    static Result<ResidentMatrix> make(Machine &machine, const Matrix<float> &weights, WeightType type)
    {
        ResidentMatrix matrix(machine, weights.rows(), weights.cols(), type);
        const std::vector<std::byte> bytes = inType(weights, type);
        auto taken = warp::Buffer<std::byte>::make(*machine.queue, std::int64_t(bytes.size()));
        if (!taken)
            return fail(taken.error());
        matrix.m_weights = std::move(*taken);
        if (const Status status = matrix.m_weights.upload(bytes.data()); !status)
            return fail(status.error());
        return matrix;
    }

    Result<SolveRow> solve(const SolveOptions &options)
    {
        const TileGrid grid{m_rows, m_cols, options.pattern.m};
        Solution solution;
        solution.options = options;
        solution.grid = grid;
        solution.mask = Mask(m_rows, m_cols);
        auto mask = warp::Buffer<std::uint64_t>::make(*m_machine.queue, m_rows * solution.mask.wordsPerRow());
        auto figures = warp::Buffer<warp::TileFigures>::make(*m_machine.queue, grid.count());
        if (!mask || !figures)
            return fail(mask ? figures.error() : mask.error());
        Status status = mask->clear();
        if (status)
            status = m_machine.queue->finish();
        if (!status)
            return fail(status.error());

        warp::MaskLaunch launch;
        launch.problem = warp::problemOf(grid, options, m_weights.data(), m_type, true);
        launch.tiles = warp::allTiles(grid);
        launch.mask = mask->data();
        launch.maskWordsPerRow = solution.mask.wordsPerRow();
        launch.figures = figures->data();
        const warp::Launch whole = warp::launchOf(launch, options);
        const Result<double> seconds = nms::bench::medianSeconds(repetitions, [&] { return m_machine.seconds(whole); });
        if (!seconds)
            return fail(seconds.error());

        std::vector<warp::TileFigures> found(std::size_t(grid.count()));
        status = figures->download(found.data());
        if (status)
            status = mask->download(solution.mask.row64(0).data());
        if (!status)
            return fail(status.error());
        bool right = true;
        for (const warp::TileFigures &one : found) {
            right &= one.residual != warp::invalidScore;
            solution.tiles.push_back(warp::resultOf(one, options));
        }
        const SolutionTotals totals = solution.totals();
        right &= keepsToPattern(solution) && (!traitsOf(options.method).provesOptimum || totals.relativeGap == 0);
        return SolveRow{options.pattern,
                        options.method,
                        m_type,
                        *seconds,
                        grid.count(),
                        m_weights.bytes() + mask->bytes() + figures->bytes(),
                        totals.relativeGap * 100,
                        right,
                        {}};
    }

private:
    ResidentMatrix(Machine &machine, std::int64_t rows, std::int64_t cols, WeightType type)
        : m_machine(machine), m_rows(rows), m_cols(cols), m_type(type)
    { }

    Machine &m_machine;
    std::int64_t m_rows;
    std::int64_t m_cols;
    WeightType m_type;
    warp::Buffer<std::byte> m_weights;
};

} // namespace

Matrix<float> gaussianWeights(std::int64_t rows, std::int64_t cols)
{
    constexpr std::int64_t grain = 64;
    Matrix<float> weights(rows, cols);
    parallelBlocks(rows, grain, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
            std::mt19937 generator(static_cast<unsigned>(row));
            std::normal_distribution<float> normal;
            for (std::int64_t col = 0; col < cols; ++col)
                weights(row, col) = normal(generator);
        }
    });
    return weights;
}

Result<bool> benchSolves(Machine &machine, const Matrix<float> &weights, const Selection &selection, const Peer &peer,
                         const Report &report)
{
    bool right = true;
    std::vector<NmPattern> timed(std::begin(patterns), std::end(patterns));
    if (selection.pattern)
        timed = {*selection.pattern};
    for (const NmPattern pattern : timed) {
        const Result<std::optional<double>> torch = peer(pattern);
        if (!torch)
            return fail(torch.error());
        for (const WeightType type : {WeightType::F32, WeightType::F16, WeightType::BF16}) {
            Result<ResidentMatrix> matrix = ResidentMatrix::make(machine, weights, type);
            if (!matrix)
                return fail(matrix.error());
            for (const Method method : offeredMethods()) {
                if (traitsOf(method).device == DeviceProgram::None || method != selection.method.value_or(method))
                    continue;
                SolveOptions options;
                options.pattern = pattern;
                options.method = method;
                options.iterations = isEntropic(method) ? 300 : 1;
                Result<SolveRow> row = matrix->solve(options);
                if (!row)
                    return fail(row.error());
                if (isTransposable(method) && type == WeightType::F32)
                    row->torchSeconds = *torch;
                report.write(*row);
                right &= row->right;
            }
        }
    }
    return right;
}

} // namespace nms::warp::bench
