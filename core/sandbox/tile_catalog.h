// SPDX-License-Identifier: Apache-2.0
// The tiles that come with the program.
#pragma once

#include "core/sandbox/tile_problem.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace nms {

struct CatalogTile {
    enum class Group { Random, Adversarial, Classic };

    std::string_view id; // in lessons, and for --tile: "greedy-2:4"
    std::string_view title; // in menus
    std::string_view sentence; // what it shows
    std::string_view source; // where it comes from; may be empty
    Group group = Group::Classic;
    TileProblem (*make)() = nullptr; // valid, without texts
};

/// In the order of the menu. Any thread.
std::span<const CatalogTile> tileCatalog();

/// The tile of this id, with its title as name and its sentence as note; empty where there is none.
///
///     const std::optional<TileProblem> tile = builtInTile("greedy-2:4");
std::optional<TileProblem> builtInTile(std::string_view id);

/// M × M magnitudes of Gaussian numbers, to two decimals; the same for the same seed on every machine. 1 ≤ n ≤ m ≤
/// TileProblem::maxSide.
TileProblem randomTile(int m, int n, std::uint64_t seed);

/// Transport between two uniform densities on [0, 1], cut into `points` intervals, where no pair of points may take more
/// than `theta` times what it takes in the uniform plan; the score is the negative squared distance, shifted to be ≥ 0
/// (Korman and McCann 2013). Feasible for theta ≥ 1.
TileProblem cappedLineTile(int points, double theta);

} // namespace nms
