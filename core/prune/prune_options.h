// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/methods/solve_options.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

/// How the weights that stay are chosen, and what they become.
enum class Framework {
    Magnitude, // the largest |W|; weights stay as they are
    Wanda, // the largest |W|·‖X_j‖ (Sun et al. 2023, arXiv 2306.11695); weights stay as they are
    SparseGpt, // columns from left to right, each one's error made up for by those after it (Frantar & Alistarh 2023,
               // arXiv 2301.00774)
    Alps, // ADMM on the layer's error, then least squares on what is kept (Meng et al. 2024, arXiv 2406.07831)
};

/// What a mask has to keep of N:M.
enum class Kind {
    Transposable, // N of M along rows and columns of every tile
    RowNm, // N of M consecutive inputs of an output: standard N:M
    Unstructured, // the fraction N/M: of each output (magnitude, Wanda), of blocks of columns (SparseGPT), of all (ALPS)
};

struct FrameworkTraits {
    Framework framework;
    std::string_view name; // on the command line: "sparsegpt"
    std::string_view title; // in menus and tables: "SparseGPT"
    bool usesInputs; // needs the squares of the inputs, that is a calibration
    bool usesGram; // all of H, and its inverse
};
std::span<const FrameworkTraits> frameworks();
const FrameworkTraits &traitsOf(Framework framework);
std::optional<Framework> frameworkByName(std::string_view name);

std::span<const Kind> kinds();
std::string_view nameOf(Kind kind); // "transposable", "row-nm", "unstructured"
std::optional<Kind> kindByName(std::string_view name);

struct PruneOptions {
    Framework framework = Framework::Alps;
    Kind kind = Kind::Transposable;
    SolveOptions tiles; // the pattern; the method and its settings where the kind is Transposable; threads of everything
    double damping = 0.01; // of the mean of diag(H), added to the diagonal
    bool blocks = false; // N varies by block of M outputs, at the same number of kept weights (row_blocks.h)
    bool acceptSingular = false; // a singular H is left to damping; else it is an error of the frameworks that use it

    /// How entries of `kind` are chosen: tiles, with the kind's own method where it is not Transposable.
    SolveOptions choice() const;
    /// With blocks: the N that are tried, ascending; else the pattern's.
    std::vector<int> keeps() const;

    /// What each mask keeps of a layer out × in: with blocks at most the largest N. Unstructured ones, where parts of a
    /// layer compete, are rounded down in each.
    MaskPromise promise() const;

    /// Usage error for a pattern, method or damping (in (0, 1], or 0 with no framework that needs the inverse) that has no
    /// meaning.
    Status validate() const;
};

} // namespace nms
