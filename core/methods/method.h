// SPDX-License-Identifier: Apache-2.0
// The tile methods and their properties. All other code uses the traits: no code outside this folder names a method.
#pragma once

#include "core/simd/simd_level.h"
#include "core/sparsity/mask_counter.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nms {

class IterativeTile;
class RunSolver;
class TileSolver;
struct SolveOptions;

/// README.md cites the sources.
enum class Method {
    Exact, // proven optimum: threshold sweeps, then successive shortest paths in integers
    Dykstra, // TSENOR: entropic transport by Dykstra's algorithm, greedy + swap rounding
    Capped, // the same fixed point by exact row and column projections (water-filling)
    Greedy, // greedy on the scores, a 2-approximation
    GreedySwap, // greedy, then swaps
    CycleSwap, // greedy, then exchanges along four-cycles until none gains
    BiNm, // N:M along rows, then N:M along columns of the survivors
    Max1000, // best of 1000 random feasible masks
    RowNm, // standard N:M along rows, not transposable
    ColNm, // standard N:M along columns, not transposable
    Unstructured, // top n/m of the whole matrix, not transposable
    Reference, // naive double-precision Dykstra, for comparison in tests
};

/// The program of gpu/cuda that runs a method.
enum class DeviceProgram { None, Exact, Dykstra, Capped, Greedy, GreedySwap, RowNm, ColNm };

struct MethodTraits {
    Method method;
    std::string_view name; // on the command line and in files: "greedy+swap"
    std::string_view title; // in menus and tables: "Greedy + swaps"

    bool offered = true; // to users; otherwise only for tests and benchmarks
    bool comparedByDefault = false;
    bool provesOptimum = false; // its bound equals its objective; it ends by itself, with the proof
    bool isEntropic = false; // uses τ, the number of iterations and a tolerance
    bool stopsWhenConverged = false; // without a tolerance it stops at SolveOptions::residualLimit()
    bool isSeeded = false; // uses SolveOptions::seed
    bool takesWholeMatrix = false; // ranks all scores at once: cannot be solved by row panels

    /// What each of its masks keeps: n of these lines of every tile; at most n where `keepsExactlyN` is false.
    MaskPromise::Lines lines = MaskPromise::Lines::RowsAndColumns;
    bool keepsExactlyN = true;

    /// Approximate number of passes over all entries of a tile; 0: one per iteration. Determines the size of blocks of
    /// work.
    int passes = 64;
    std::span<const Method> warmStarts = {}; // see warmStartsOf()
    DeviceProgram device = DeviceProgram::None;

    /// Factories of one thread's solver and scratch memory. An iterative method has potentials and can be watched (the
    /// caller handles the options' warm start); the others choose a mask tile by tile; `makeRun` is set where solving whole
    /// runs is faster. All null for methods that the CPU solves otherwise or not at all.
    std::unique_ptr<IterativeTile> (*makeIterative)(const SolveOptions &options, SimdLevel level) = nullptr;
    std::unique_ptr<TileSolver> (*makeTile)(const SolveOptions &options, SimdLevel level) = nullptr;
    std::unique_ptr<RunSolver> (*makeRun)(const SolveOptions &options, SimdLevel level) = nullptr;
};

// One for each method, in the file named after it. A new method is added here, to the enumeration and to `all` in
// method.cpp.
extern const MethodTraits exactTraits, dykstraTraits, cappedTraits, greedyTraits, greedySwapTraits, cycleSwapTraits,
    biNmTraits, max1000Traits, rowNmTraits, colNmTraits, unstructuredTraits, referenceTraits;

const MethodTraits &traitsOf(Method method);

/// In the order of the enumeration, including Reference.
std::span<const Method> allMethods();
/// The methods that users can choose, in that order.
std::span<const Method> offeredMethods();

/// The method whose masks are proven, against which others are compared; also the default method.
Method provingMethod();
/// The default of the window: a plan that forms over iterations.
Method watchedMethod();
/// The naive method that tests and benchmarks compare with.
Method referenceMethod();

/// The command line's names: "exact", "dykstra", "greedy+swap", "row-nm", …
inline std::string_view nameOf(Method method)
{
    return traitsOf(method).name;
}
std::optional<Method> methodByName(std::string_view name);
/// "exact, dykstra, capped"
std::string listOf(std::span<const Method> methods);

inline bool isEntropic(Method method)
{
    return traitsOf(method).isEntropic;
}

/// True for methods that the CPU solves by iterations with potentials, and that can therefore be watched.
inline bool hasIterations(Method method)
{
    return traitsOf(method).makeIterative != nullptr;
}

/// The methods that this one can start from (README.md, "Warm starts"): exact, dykstra and capped from the potentials of
/// one another or from a mask that another method chose, greedy+swap from a mask that is worth improving, greedy from one
/// that keeps too little. Empty for methods with neither iterations nor a search that could use a start.
inline std::span<const Method> warmStartsOf(Method method)
{
    return traitsOf(method).warmStarts;
}

/// True where rows and columns of every tile keep at most n (exactly n, except for bi-nm).
inline bool isTransposable(Method method)
{
    return traitsOf(method).lines == MaskPromise::Lines::RowsAndColumns;
}

/// What each mask of the method keeps; where a solve's options are known, use SolveOptions::promise().
inline MaskPromise promiseOf(Method method, NmPattern pattern)
{
    const MethodTraits &traits = traitsOf(method);
    return {pattern, traits.lines, traits.keepsExactlyN};
}

} // namespace nms
