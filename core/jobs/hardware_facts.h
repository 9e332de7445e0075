// SPDX-License-Identifier: Apache-2.0
// What runs N:M sparse weights: libraries and engines, the shapes and types that each supports, and the source of each fact.
#pragma once

#include "core/sparsity/nm_pattern.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace nms::jobs {

/// Element types in which engines compute; weights files hold others as well.
enum class Element { F16, BF16, F32, F8E4M3, F8E5M2, F4E2M1, I8, Other };

/// "f16", "bf16", "f32", "f8_e4m3", "f8_e5m2", "f4_e2m1", "i8".
std::string_view nameOf(Element element);

/// A grouping that an engine supports along the inputs of a layer.
struct EnginePattern {
    NmPattern pattern;
    bool paired = false; // zeros come in aligned pairs

    std::string text() const; // "2:4", "4:8 in pairs"
    friend bool operator==(const EnginePattern &, const EnginePattern &) = default;
};

/// A matrix (outputs × inputs) of this type must keep `pattern` along the inputs; its sides must be multiples of `outputs`
/// and `inputs`.
struct EngineRule {
    Element element;
    EnginePattern pattern;
    int outputs = 1;
    int inputs = 1;
};

struct HardwareEngine {
    std::string_view id; // for scripts
    std::string_view name;
    std::string_view version; // version that was checked
    std::string_view source; // where its rules are documented
    std::string_view lookedUp; // ISO date
    std::span<const EngineRule> rules; // the first is the preferred one to convert to
    bool twoDimensional; // takes single matrices only, no convolutions
    bool ships; // part of a product or a maintained release; false: research code
};

/// All known engines, the most likely ones first.
std::span<const HardwareEngine> hardwareEngines();

} // namespace nms::jobs
