// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/bench/torch_peer.h"

#include "core/base/child_process.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include <stdlib.h> // mkdtemp

namespace nms::warp::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes patience{10};

static_assert(std::endian::native == std::endian::little, "tiles are handed over as little-endian floats");

/// A folder that only this user can look into, gone with this object.
class PrivateFolder
{
public:
    PrivateFolder()
    {
        std::error_code none;
        std::string path = (fs::temp_directory_path(none) / "nms-cuda-bench-XXXXXX").string();
        if (!none && mkdtemp(path.data()) != nullptr)
            m_path = path;
    }
    ~PrivateFolder()
    {
        std::error_code ignored;
        if (!m_path.empty())
            fs::remove_all(m_path, ignored);
    }
    PrivateFolder(const PrivateFolder &) = delete;
    fs::path path() const { return m_path; }

private:
    fs::path m_path;
};

/// Tile after tile, |w|.
bool writeTiles(const fs::path &path, const Matrix<float> &weights, int m)
{
    std::ofstream out(path, std::ios::binary);
    std::vector<float> tile(std::size_t(m * m));
    for (std::int64_t row = 0; row + m <= weights.rows(); row += m)
        for (std::int64_t col = 0; col + m <= weights.cols(); col += m) {
            for (int k = 0; k < m * m; ++k)
                tile[std::size_t(k)] = std::abs(weights(row + k / m, col + k % m));
            out.write(reinterpret_cast<const char *>(tile.data()), std::streamsize(tile.size() * sizeof(float)));
        }
    return bool(out.flush());
}

/// What stands behind `"name": ` after `from`; negative if nothing does.
double numberIn(const std::string &json, const std::string &name, std::size_t from = 0)
{
    const std::string key = "\"" + name + "\": ";
    const std::size_t at = json.find(key, from);
    return at == std::string::npos ? -1 : std::strtod(json.c_str() + at + key.size(), nullptr);
}

} // namespace

Result<double> torchSeconds(const std::string &python, const std::string &device, const Matrix<float> &weights,
                            NmPattern pattern)
{
    const PrivateFolder folder;
    const fs::path tiles = folder.path() / "tiles.f32";
    if (folder.path().empty() || !writeTiles(tiles, weights, pattern.m))
        return fail(ErrorKind::Io, "PyTorch", "the folder for temporary files cannot be written",
                    "set TMPDIR to a folder that has room for the matrix");
    auto child = ChildProcess::start({.words = {python, NMS_TORCH_BASELINE, "--tiles", tiles.string(), "--pattern",
                                                pattern.text(), "--device", device, "--repetitions", "3"},
                                      .showErrors = true,
                                      .ownGroup = false});
    if (!child)
        return fail(errorOf(child.error(), python));
    const auto answer = child->readAll({.total = patience}, {});
    if (!answer)
        return fail(ErrorKind::Io, python, NMS_TORCH_BASELINE " " + answer.error().text(),
                    "install PyTorch for that Python, or leave --torch out");
    const double microseconds = numberIn(*answer, "median", answer->find("\"microseconds_per_tile\""));
    const double count = numberIn(*answer, "tiles");
    if (microseconds <= 0 || count <= 0)
        return fail(ErrorKind::Io, "PyTorch", python + " ran " NMS_TORCH_BASELINE " to no result",
                    "install PyTorch for that Python, or leave --torch out");
    return microseconds * 1e-6 * count;
}

} // namespace nms::warp::bench
