// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/device_cases.h"

#include "core/simd/half.h"
#include "tests/backend/cases.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nms::test {
namespace {

/// Where a stack of matrices lies: the distances of neighbours in elements, the first element, and all elements in between.
struct Placement {
    const char *name;
    std::int64_t matrices, rows, cols;
    std::int64_t matrixStep, rowStep, colStep;
    std::int64_t first = 0;

    std::int64_t at(std::int64_t matrix, std::int64_t row, std::int64_t col) const
    {
        return first + matrix * matrixStep + row * rowStep + col * colStep;
    }
    std::int64_t elements() const
    {
        std::int64_t most = 0;
        for (const std::int64_t matrix : {std::int64_t(0), matrices - 1})
            for (const std::int64_t row : {std::int64_t(0), rows - 1})
                for (const std::int64_t col : {std::int64_t(0), cols - 1})
                    most = std::max(most, at(matrix, row, col));
        return most + 1;
    }
    StackLayout layout() const { return {{{matrices, matrixStep}, {rows, rowStep}}, {{cols, colStep}}}; }
};

std::vector<Placement> placements()
{
    return {
        {"packed", 1, 67, 131, 0, 131, 1},
        {"rows apart", 1, 67, 131, 0, 140, 1},
        {"one row of tiles", 1, 17, 64, 0, 64, 1},
        {"transposed", 1, 67, 35, 0, 1, 67},
        {"upwards", 1, 33, 40, 0, -40, 1, 32 * 40},
        {"stack of whole tiles", 3, 32, 48, 32 * 48, 48, 1},
        {"stack", 3, 33, 37, 33 * 37, 37, 1},
        {"stack with gaps", 3, 33, 37, 40 * 50, 50, 1},
        {"kernel of a convolution", 9, 40, 33, 1, 33 * 9, 9},
    };
}

std::int64_t bytesOf(DeviceElement type)
{
    return type == DeviceElement::F64 ? 8 : type == DeviceElement::F32 ? 4 : 2;
}

/// Stores `value` as an element, and returns it as a float.
float store(double value, DeviceElement type, std::byte *to)
{
    const auto put = [&](auto element) {
        std::memcpy(to, &element, sizeof element);
    };
    switch (type) {
    case DeviceElement::F64:
        put(value);
        return float(value);
    case DeviceElement::F16: {
        const std::uint16_t half = floatToHalf(float(value));
        put(half);
        return halfToFloat(half);
    }
    case DeviceElement::BF16: {
        const std::uint16_t bits = floatToBfloat16(float(value));
        put(bits);
        return bfloat16ToFloat(bits);
    }
    default:
        put(float(value));
        return float(value);
    }
}

/// Values in the memory of a device, and as floats.
struct Stored {
    std::shared_ptr<std::byte> memory;
    DeviceValues values;
    std::vector<Matrix<float>> matrices;
};

/// Memory of the device with these bytes; null after a failed check.
std::shared_ptr<std::byte> onDevice(DeviceSolver &solver, const DeviceCopies &copies, const std::vector<std::byte> &bytes,
                                    Checks &checks)
{
    auto memory = solver.take(std::int64_t(bytes.size()));
    checks.expect(bool(memory), "memory: " + (memory ? "" : memory.error().line()));
    if (!memory)
        return nullptr;
    copies.toDevice(memory->get(), bytes);
    return *memory;
}

Stored stored(DeviceSolver &solver, const DeviceCopies &copies, const Placement &place, DeviceElement type, bool positive,
              std::uint64_t seed, Checks &checks)
{
    Random random(seed);
    std::vector<std::byte> bytes(std::size_t(place.elements() * bytesOf(type)), std::byte(0xff)); // NaN in between
    Stored out;
    for (std::int64_t matrix = 0; matrix < place.matrices; ++matrix) {
        Matrix<float> &values = out.matrices.emplace_back(place.rows, place.cols);
        for (std::int64_t row = 0; row < place.rows; ++row)
            for (std::int64_t col = 0; col < place.cols; ++col) {
                const double value = positive ? std::abs(random.gaussian()) : random.gaussian();
                values(row, col) = store(value, type, bytes.data() + place.at(matrix, row, col) * bytesOf(type));
            }
    }
    out.memory = onDevice(solver, copies, bytes, checks);
    out.values = {out.memory.get() + place.first * bytesOf(type), type, place.layout()};
    return out;
}

struct Case {
    SolveOptions options;
    DeviceElement type;
    bool scored; // by other values than the weights
};

std::string nameOf(const Case &which, const Placement &place)
{
    static constexpr const char *types[] = {"f32", "f16", "bf16", "f64"};
    return label(which.options, place.name) + ", " + types[int(which.type)] + (which.scored ? ", scored" : "");
}

/// What the solve left in the mask's memory, and told.
struct Outcome {
    std::vector<std::byte> mask;
    DeviceFigures figures;
};

/// `first`: of the mask's element (0, 0) in `before`.
std::unique_ptr<Outcome> solve(DeviceSolver &solver, const DeviceCopies &copies, DeviceProblem problem,
                               const SolveOptions &options, const std::vector<std::byte> &before, std::int64_t first,
                               Checks &checks, const std::string &what)
{
    const DeviceSpace space = solver.space(problem, options);
    const auto noise = [](std::int64_t bytes) {
        return std::vector<std::byte>(std::size_t(bytes), std::byte(0x5a));
    };
    const auto mask = onDevice(solver, copies, before, checks);
    const auto scratch = onDevice(solver, copies, noise(space.scratch), checks);
    const auto figures = onDevice(solver, copies, noise(space.figures), checks);
    problem.mask = mask.get() + first;
    const Status possible = solver.check(problem, options);
    checks.expect(bool(possible), what + ": " + (possible ? "" : possible.error().line()));
    auto started = solver.start(problem, options, scratch.get(), figures.get(), 0);
    checks.expect(bool(started), what + ": " + (started ? "" : started.error().line()));
    if (!started)
        return nullptr;
    auto read = (*started)->read();
    checks.expect(bool(read), what + ": " + (read ? "" : read.error().line()));
    if (!read)
        return nullptr;
    auto outcome = std::make_unique<Outcome>(Outcome{std::vector<std::byte>(before.size()), std::move(*read)});
    copies.toHost(outcome->mask, mask.get());
    return outcome;
}

bool close(double a, double b)
{
    constexpr double tolerance = 1e-12; // sums of doubles, in another order
    return std::abs(a - b) <= tolerance * std::abs(b);
}

/// The kept sums of what was asked for, counted here.
struct Expected {
    std::vector<std::byte> mask;
    std::vector<TileResult> tiles;
    MaskSums sums;
    double scores = 0, keptScores = 0;
    std::int64_t changed = 0;
};

Expected expected(SolverBackend &backend, const Case &which, const Placement &place, const Stored &weights,
                  const Stored &scores, const std::vector<std::byte> &before, Checks &checks, const std::string &what)
{
    Expected out;
    out.mask = before;
    for (std::size_t k = 0; k < weights.matrices.size(); ++k) {
        const Matrix<float> &values = weights.matrices[k];
        Matrix<float> asked = which.scored ? scores.matrices[k] : values;
        for (std::int64_t i = 0; i < asked.size(); ++i)
            asked.data()[i] = std::abs(asked.data()[i]);
        const auto solution = solved(backend, asked, which.options, checks, what);
        if (!solution)
            return out;
        out.tiles.insert(out.tiles.end(), solution->tiles.begin(), solution->tiles.end());
        out.sums += maskSums(WeightsView(values.span()), solution->mask);
        for (std::int64_t row = 0; row < place.rows; ++row)
            for (std::int64_t col = 0; col < place.cols; ++col) {
                const bool kept = solution->mask.at(row, col);
                std::byte &byte = out.mask[std::size_t(place.at(std::int64_t(k), row, col))];
                out.changed += byte != std::byte(kept);
                byte = std::byte(kept);
                out.scores += asked(row, col);
                out.keptScores += kept ? asked(row, col) : 0;
            }
    }
    return out;
}

bool same(const TileResult &x, const TileResult &y)
{
    return x.objective == y.objective && x.upperBound == y.upperBound && x.residual == y.residual &&
        x.iterations == y.iterations && x.converged == y.converged;
}

void checkCase(DeviceSolver &solver, SolverBackend &backend, const DeviceCopies &copies, const Case &which,
               const Placement &place, Checks &checks)
{
    const std::string what = nameOf(which, place);
    if (which.options.pattern.m > std::min(place.rows, place.cols))
        return;
    const Stored weights = stored(solver, copies, place, which.type, false, 41, checks);
    // Scores lie in another way than the weights: row by row, matrix by matrix.
    const Placement plain{"plain", place.matrices, place.rows, place.cols, place.rows * place.cols, place.cols, 1};
    const Stored scores = stored(solver, copies, plain, DeviceElement::F32, true, 42, checks);
    std::vector<std::byte> before(std::size_t(place.elements()), std::byte(0x2a));
    before[std::size_t(place.at(0, 0, 0))] = std::byte(1);
    DeviceProblem problem{place.matrices, place.rows, place.cols, weights.values, {}, nullptr, place.layout(), true};
    if (which.scored)
        problem.scores = scores.values;
    const auto outcome = solve(solver, copies, problem, which.options, before, place.first, checks, what);
    if (!outcome)
        return;
    const Expected wanted = expected(backend, which, place, weights, scores, before, checks, what);
    const DeviceFigures &figures = outcome->figures;
    checks.expect(outcome->mask == wanted.mask, what + ": another mask");
    checks.expect(std::equal(figures.tiles.begin(), figures.tiles.end(), wanted.tiles.begin(), wanted.tiles.end(), same),
                  what + ": other figures of tiles");
    checks.expect(figures.changed == wanted.changed, what + ": another count of changes");
    checks.expect(figures.sums.kept == wanted.sums.kept && figures.sums.elements == wanted.sums.elements,
                  what + ": another count of kept entries");
    checks.expect(close(figures.sums.magnitude, wanted.sums.magnitude) &&
                      close(figures.sums.keptMagnitude, wanted.sums.keptMagnitude) &&
                      close(figures.sums.squared, wanted.sums.squared) &&
                      close(figures.sums.squaredLost, wanted.sums.squaredLost) && close(figures.scores, wanted.scores) &&
                      close(figures.keptScores, wanted.keptScores),
                  what + ": other sums");
    checks.expect(!figures.invalidTile, what + ": a tile counts as unfit");
}

} // namespace

void tensorsAreSolvedInPlace(DeviceSolver &solver, SolverBackend &backend, const DeviceCopies &copies, Checks &checks)
{
    const NmPattern wide{8, 16};
    std::vector<Case> cases = {
        {optionsFor(Method::Exact, {2, 4}), DeviceElement::BF16, false},
        {optionsFor(Method::Exact, {3, 7}), DeviceElement::F16, false},
        {optionsFor(Method::Exact, wide), DeviceElement::F32, false},
        {optionsFor(Method::Exact, wide), DeviceElement::F64, false},
        {optionsFor(Method::Exact, wide), DeviceElement::F16, true},
        {optionsFor(Method::Exact, {16, 32}), DeviceElement::BF16, false},
        {optionsFor(Method::Dykstra, wide, 40), DeviceElement::BF16, false},
        {optionsFor(Method::Capped, wide, 40), DeviceElement::F64, true},
    };
    for (const Method method : {Method::Greedy, Method::GreedySwap, Method::RowNm, Method::ColNm})
        cases.push_back({optionsFor(method, {4, 8}), DeviceElement::F32, false});
    for (const Case &which : cases)
        for (const Placement &place : placements())
            checkCase(solver, backend, copies, which, place, checks);
}

void unfitTensorsAreTold(DeviceSolver &solver, const DeviceCopies &copies, Checks &checks)
{
    const SolveOptions options = optionsFor(Method::Exact, {8, 16});
    const Placement place{"stack", 3, 33, 37, 33 * 37, 37, 1};
    const std::vector<std::byte> before(std::size_t(place.elements()), std::byte(1));
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
        const Stored weights = stored(solver, copies, place, DeviceElement::F32, false, 43, checks);
        std::byte bytes[sizeof bad];
        std::memcpy(bytes, &bad, sizeof bad);
        copies.toDevice(weights.memory.get() + place.at(1, 17, 36) * std::int64_t(sizeof bad), bytes);
        const DeviceProblem problem{3, 33, 37, weights.values, {}, nullptr, place.layout(), false};
        const auto outcome = solve(solver, copies, problem, options, before, 0, checks, "unfit weights");
        if (!outcome)
            return;
        // Matrices have 3 × 3 tiles: the second tile row and third column of the second.
        checks.expect(outcome->figures.invalidTile == 9 + 3 + 2, "the unfit tile is not found");
    }
    const Stored weights = stored(solver, copies, place, DeviceElement::F32, false, 44, checks);
    DeviceProblem problem{3, 33, 37, weights.values, weights.values, nullptr, place.layout(), false};
    const auto negative = solve(solver, copies, problem, options, before, 0, checks, "negative scores");
    checks.expect(negative && negative->figures.invalidTile == 0, "negative scores are not found");
    problem.scores.reset();
    SolveOptions refused = options;
    refused.warmStart = Method::Capped;
    refused.method = Method::GreedySwap;
    checks.expect(!solver.check(problem, refused), "a warm start is not refused");
    checks.expect(!solver.check(problem, optionsFor(Method::Max1000, {8, 16})), "a method without kernels is not refused");
    problem.maskLayout.rows.assign(9, {2, 1});
    checks.expect(!solver.check(problem, options), "nine dimensions are not refused");
}

} // namespace nms::test
