// SPDX-License-Identifier: Apache-2.0
// The expressions by which a lesson says what the program has to compute: "best.kept - greedy.kept".
#pragma once

#include "core/base/result.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nms::lesson {

/// A figure of a case: "plan.share", "plan@12.plan(1, 3)".
struct Reference {
    std::string caseName;
    std::optional<int> iteration; // not set: at the end
    std::string property;
    std::vector<double> arguments;
};

/// Numbers, + − * / ^, parentheses, the functions abs, sqrt, exp, log, min and max, and references to cases.
class Expression
{
public:
    /// Input error with the position for anything else.
    static Result<Expression> parse(std::string_view text);

    const std::string &text() const { return m_text; }

    /// The references in it, from left to right; their arguments are NaN until they are evaluated.
    std::vector<Reference> references() const;

    /// The first error of `lookup`; otherwise the value, which may not be finite.
    Result<double> evaluate(const std::function<Result<double>(const Reference &)> &lookup) const;

    struct Node; // private to the implementation

private:
    std::string m_text;
    std::shared_ptr<const Node> m_root;
};

inline constexpr int largestExpression = 500; // bytes

} // namespace nms::lesson
