// SPDX-License-Identifier: Apache-2.0
// Checks what every SolverBackend must do, as a list of cases without a test framework: GoogleTest runs it here, and the
// check program of gpu/cuda runs the same list on machines that have only a compiler.
#pragma once

#include "core/solver/solver_backend.h"

#include <span>
#include <string>
#include <vector>

namespace nms::test {

/// The results of a case. A case that cannot check anything, since the backend lacks the feature, calls skip().
class Checks
{
public:
    void expect(bool holds, const std::string &text);
    void skip(const std::string &why) { m_skipped.push_back(why); }

    int done() const { return m_done; }
    const std::vector<std::string> &failures() const { return m_failures; } // the first twenty
    int failed() const { return m_failed; }
    const std::vector<std::string> &skipped() const { return m_skipped; }

private:
    int m_done = 0;
    int m_failed = 0;
    std::vector<std::string> m_failures;
    std::vector<std::string> m_skipped;
};

struct BackendCase {
    const char *name; // an identifier
    void (*run)(SolverBackend &backend, Checks &checks);
};

std::span<const BackendCase> backendCases();

} // namespace nms::test
