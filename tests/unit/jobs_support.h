// SPDX-License-Identifier: Apache-2.0
// Small weights files, and a host that looks at what a job tells.
#pragma once

#include "core/jobs/job.h"
#include "core/solver/cpu_backend.h"
#include "tests/support/temp_folder.h"

#include <cstdint>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace nms::test {

struct NamedWeights {
    std::string path;
    std::vector<std::int64_t> shape;
    std::vector<float> values;
};

/// Gaussian, from a fixed seed.
NamedWeights gaussianWeights(const std::string &path, const std::vector<std::int64_t> &shape, unsigned seed);

/// A safetensors file of float32 tensors, made from the format's definition alone.
std::string safetensorsOf(const std::vector<NamedWeights> &tensors);

/// Takes a job's counts and holds them against what JobProgress promises. Any thread.
class WatchingHost
{
public:
    /// Asks for the stop once more than `units` are done.
    void stopAfter(std::int64_t units) { m_stopAfter = units; }

    Progress progress();
    jobs::Events events();

    std::int64_t total() const { return m_total; }
    std::int64_t done() const { return m_done; }
    int reports() const { return m_reports; }
    const std::vector<std::string> &tensors() const { return m_tensors; }
    const std::vector<std::string> &warnings() const { return m_warnings; }

private:
    std::mutex m_mutex;
    std::stop_source m_stop;
    std::int64_t m_stopAfter = -1;
    std::int64_t m_total = -1;
    std::int64_t m_done = -1;
    int m_reports = 0;
    std::vector<std::string> m_tensors;
    std::vector<std::string> m_warnings;
};

class JobsTest : public testing::Test
{
protected:
    std::string path(const std::string &name) const { return m_folder.file(name); }
    std::string write(const std::string &name, const std::vector<NamedWeights> &tensors) const
    {
        return m_folder.write(name, safetensorsOf(tensors));
    }
    std::string writeFile(const std::string &name, const std::string &bytes) const { return m_folder.write(name, bytes); }
    std::vector<std::string> filesLeft() const;

    const std::unique_ptr<SolverBackend> m_cpu = makeCpuBackend();
    WatchingHost m_host;

private:
    TempFolder m_folder;
};

} // namespace nms::test
