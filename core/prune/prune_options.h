// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/methods/solve_options.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

/// How the weights to keep are chosen, and whether they are updated.
enum class Framework {
    Magnitude, // the largest |W|; kept weights are unchanged
    Wanda, // the largest |W|·‖X_j‖ (Sun et al. 2023, arXiv 2306.11695); kept weights are unchanged
    SparseGpt, // columns from left to right; the later columns compensate for the error of each one (Frantar & Alistarh
               // 2023, arXiv 2301.00774)
    Alps, // ADMM on the layer's error, then least squares on the kept weights (Meng et al. 2024, arXiv 2406.07831)
};

/// Where a mask has to keep N of M.
enum class Kind {
    Transposable, // N of M along rows and columns of every tile
    RowNm, // N of M consecutive inputs of an output: standard N:M
    Unstructured, // the fraction N/M of each output (magnitude, Wanda), of blocks of columns (SparseGPT), of the layer
                  // (ALPS)
};

struct FrameworkTraits {
    Framework framework;
    std::string_view name; // on the command line: "sparsegpt"
    std::string_view title; // in menus and tables: "SparseGPT"
    bool usesInputs; // needs the squares of the inputs, and so a calibration file
    bool usesGram; // needs all of H, and its inverse
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
    SolveOptions tiles; // the pattern; the method and its settings if the kind is Transposable; the thread count of all work
    double damping = 0.01; // fraction of mean(diag H) that is added to the diagonal
    bool blocks = false; // N varies between blocks of M outputs, with the same number of kept weights (row_blocks.h)
    bool acceptSingular = false; // allow a singular H, relying on damping; else it is an error where H is used
    SolveOptions choice() const;
    /// With blocks: the values of N that are tried, ascending; otherwise the pattern's N.
    std::vector<int> keeps() const;

    /// What each mask of a layer (out × in) keeps: with blocks at most the largest N. Where entries compete within parts of
    /// a layer, unstructured masks round down the number kept in each part.
    MaskPromise promise() const;

    /// Usage error for an invalid pattern, method or damping. Damping must be in (0, 1], or 0 if the framework does not use
    /// the inverse.
    Status validate() const;
};

} // namespace nms
