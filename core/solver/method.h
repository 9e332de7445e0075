// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/sparsity/mask_counter.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nms {

/// The tile methods (../README.md says where each comes from).
enum class Method {
    Exact, // proven optimum: threshold sweeps, then successive shortest paths in integers
    Dykstra, // TSENOR: entropic transport by Dykstra's algorithm, greedy + swap rounding
    Capped, // the same fixed point by exact row and column projections (water-filling)
    Greedy, // greedy on the scores, a 2-approximation
    GreedySwap, // greedy, then swaps
    BiNm, // N:M along rows, then N:M along columns of the survivors
    Max1000, // best of 1000 random feasible masks
    RowNm, // standard N:M along rows, not transposable
    ColNm, // standard N:M along columns, not transposable
    Unstructured, // top n/m of the whole matrix, not transposable
    Reference, // naive double-precision Dykstra: the yardstick of the tests
};

/// The command line's names: "exact", "dykstra", "greedy+swap", "row-nm", …
std::string_view nameOf(Method method);
std::optional<Method> methodByName(std::string_view name);
/// "exact, dykstra, capped"
std::string listOf(std::span<const Method> methods);

/// All but Reference, in the order in which they are offered.
std::span<const Method> offeredMethods();

/// True for the methods that τ, the number of iterations and a tolerance mean something to.
bool isEntropic(Method method);

/// The other methods that this one can start from (README.md, "Warm starts"): exact, dykstra and capped from the potentials
/// of one another or from a mask that another method chose, greedy+swap from a mask that is worth improving, greedy from one
/// that keeps too little. Nothing for the methods that have neither iterations nor a search to begin with it.
std::span<const Method> warmStartsOf(Method method);

/// True where rows and columns of every tile keep at most n (exactly n, but for bi-nm).
bool isTransposable(Method method);
/// What each mask of the method keeps.
MaskPromise promiseOf(Method method, NmPattern pattern);

} // namespace nms
