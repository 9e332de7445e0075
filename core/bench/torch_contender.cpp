// SPDX-License-Identifier: Apache-2.0
#include "core/bench/torch_contender.h"

#include "core/base/child_process.h"

#include <nlohmann/json.hpp>

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdlib.h>

namespace nms::bench {

namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "tiles are handed over as little-endian floats");

constexpr std::chrono::minutes patience{5};

/// A folder that only this user can access, removed when this object is destroyed.
class PrivateFolder
{
public:
    PrivateFolder()
    {
        std::error_code none;
        std::string path = (fs::temp_directory_path(none) / "nmscope-bench-XXXXXX").string();
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
    PrivateFolder &operator=(const PrivateFolder &) = delete;

    bool exists() const { return !m_path.empty(); }
    std::string file(const char *name) const { return (m_path / name).string(); }

private:
    fs::path m_path;
};

/// The running script.
class TorchProcess
{
public:
    TorchProcess(std::string name, ChildProcess child) : m_name(std::move(name)), m_child(std::move(child)) { }

    /// The answer as an object; Io error for anything else, and for errors that the script reports.
    Result<Json> ask(const Json &wish, const std::stop_token &stop)
    {
        m_child.writeLine(
            wish.dump(-1, ' ', false, Json::error_handler_t::replace)); // if it does not read, the missing answer shows it
        const auto line = m_child.readLine({.total = patience}, stop);
        if (!line)
            return fail(errorOf(line.error(), m_name));
        Json answer = Json::parse(*line, nullptr, false);
        if (!answer.is_object())
            return fail(ErrorKind::Io, "PyTorch", "its script answers with something that is not a JSON object");
        if (const auto error = answer.find("error"); error != answer.end())
            return fail(ErrorKind::Io, "PyTorch", error->is_string() ? error->get<std::string>() : "its script failed");
        return answer;
    }

private:
    const std::string m_name;
    ChildProcess m_child;
};

Result<std::unique_ptr<TorchProcess>> startProcess(const TorchSetup &setup)
{
    std::error_code ignored; // what cannot be accessed counts as missing
    if (!fs::is_regular_file(setup.script, ignored))
        return fail(ErrorKind::Unsupported, setup.script.empty() ? "torch_baseline.py" : setup.script,
                    "is not there: the peer's script is part of nmscope", "install nmscope again");
    auto child = ChildProcess::start({.words = {setup.python, setup.script, "--serve"}});
    if (!child)
        return fail(errorOf(child.error(), setup.python));
    return std::make_unique<TorchProcess>(setup.python, std::move(*child));
}

class TorchContender : public Contender
{
public:
    TorchContender(std::unique_ptr<TorchProcess> process, std::string version, std::string device, const TorchSetup &setup)
        : m_process(std::move(process)), m_version(std::move(version)), m_device(std::move(device)), m_setup(setup)
    { }

    std::string method() const override { return "torch"; }
    std::string backend() const override { return "PyTorch " + m_version + ", " + m_device; }
    int threads() const override { return m_device == "cpu" ? m_setup.options.threads : 0; }
    Clock clock() const override { return m_device == "cpu" ? m_setup.clock : Clock::Wall; }
    /// Each operation has an overhead of some microseconds, which many tiles share.
    std::int64_t fewestTiles(int m) const override
    {
        return m_device == "cpu" ? usualTileCount(m) / 4 : std::numeric_limits<std::int64_t>::max();
    }

    Status prepare(const TileSet &tiles, NmPattern pattern) override
    {
        m_tiles = &tiles;
        m_pattern = pattern;
        if (const Status written = writeTiles(); !written)
            return written;
        const Result<Json> loaded = m_process->ask({{"load", m_folder.file("tiles")},
                                                    {"n", pattern.n},
                                                    {"m", pattern.m},
                                                    {"tau", m_setup.options.tau},
                                                    {"iterations", m_setup.options.iterations},
                                                    {"device", m_device},
                                                    {"threads", threads()},
                                                    {"clock", clock() == Clock::ThreadCpu ? "cpu" : "wall"}},
                                                   {});
        return loaded ? Status() : fail(loaded.error());
    }

    Result<double> run(std::int64_t tiles, const std::stop_token &stop) override
    {
        const double start = secondsOf(Clock::Wall);
        const Result<Json> done = m_process->ask({{"run", tiles}}, stop);
        const double passed = secondsOf(Clock::Wall) - start;
        if (!done)
            return fail(done.error());
        const auto seconds = done->find("seconds");
        if (seconds == done->end() || !seconds->is_number())
            return fail(ErrorKind::Io, "PyTorch", "its script reports no time");
        const double claimed = seconds->get<double>();
        if (!(claimed > 0 && claimed <= passed * 1.01 + 1e-3)) // the clocks differ a little
            return fail(ErrorKind::Io, "PyTorch", "its script reports an impossible time");
        m_solved = tiles;
        return claimed;
    }

    Result<Answer> answer() override
    {
        if (const Result<Json> written = m_process->ask({{"write", m_folder.file("masks")}}, {}); !written)
            return fail(written.error());
        const std::size_t entries = std::size_t(m_solved) * std::size_t(m_pattern.m * m_pattern.m);
        const std::size_t size = entries + std::size_t(m_solved) * sizeof(float);
        std::error_code none;
        if (fs::file_size(m_folder.file("masks"), none) != size || none)
            return fail(ErrorKind::Io, "PyTorch", "its script wrote masks of another size");
        std::string bytes(size, '\0');
        if (!std::ifstream(m_folder.file("masks"), std::ios::binary).read(bytes.data(), std::streamsize(size)))
            return fail(ErrorKind::Io, "PyTorch", "the masks of its script cannot be read");
        return parse(bytes, entries);
    }

private:
    Status writeTiles() const
    {
        if (!m_folder.exists())
            return fail(ErrorKind::Io, "temporary folder", "cannot be made",
                        "set TMPDIR to a folder that can be written to");
        std::ofstream file(m_folder.file("tiles"), std::ios::binary);
        for (std::int64_t index = 0; index < m_tiles->count(); ++index) {
            const Span2d<const float> tile = m_tiles->tile(index);
            for (std::int64_t i = 0; i < tile.rows; ++i)
                file.write(reinterpret_cast<const char *>(tile.row(i).data()), std::streamsize(tile.row(i).size_bytes()));
        }
        if (!file.flush())
            return fail(ErrorKind::Io, m_folder.file("tiles"), "cannot be written", "free some space there or set TMPDIR");
        return {};
    }

    /// One byte 0 or 1 for each entry, tile after tile, then one float for each tile.
    Result<Answer> parse(const std::string &bytes, std::size_t entries) const
    {
        const Span2d<const float> scores = m_tiles->first(m_solved);
        const TileGrid grid{scores.rows, scores.cols, m_pattern.m};
        Answer answer{Mask(grid.rows, grid.cols), std::vector<TileResult>(std::size_t(m_solved)), Proof::None};
        for (std::size_t k = 0; k < entries; ++k) {
            if (bytes[k] != 0 && bytes[k] != 1)
                return fail(ErrorKind::Io, "PyTorch", "its script wrote something that is not a mask");
            const auto m = std::size_t(grid.m), within = k % (m * m);
            const auto tile = std::int64_t(k / (m * m));
            if (bytes[k] == 1)
                answer.mask.set(grid.rowOf(tile) * grid.m + std::int64_t(within / m),
                                grid.colOf(tile) * grid.m + std::int64_t(within % m), true);
        }
        for (std::size_t tile = 0; tile < answer.tiles.size(); ++tile) {
            TileResult &result = answer.tiles[tile];
            std::memcpy(&result.residual, bytes.data() + entries + tile * sizeof(float), sizeof(float));
            result.converged = result.residual <= m_setup.options.residualWarning;
        }
        return answer;
    }

    const PrivateFolder m_folder;
    const std::unique_ptr<TorchProcess> m_process;
    const std::string m_version;
    const std::string m_device;
    const TorchSetup m_setup;
    const TileSet *m_tiles = nullptr;
    NmPattern m_pattern;
    std::int64_t m_solved = 0;
};

} // namespace

namespace {

struct Started {
    std::unique_ptr<TorchProcess> process;
    std::string version;
    bool hasCuda = false;
};

Result<Started> startTorch(const TorchSetup &setup, const std::stop_token &stop)
{
    Result<std::unique_ptr<TorchProcess>> process = startProcess(setup);
    if (!process)
        return fail(process.error());
    const Result<Json> hello = (*process)->ask({{"hello", true}}, stop);
    if (!hello)
        return fail(hello.error());
    const Json version = hello->value("torch", Json());
    if (!version.is_string())
        return fail(ErrorKind::Unsupported, setup.python, "PyTorch is not installed for it",
                    "install it into a virtual environment (pip install torch) and name that one's Python: --torch PYTHON");
    return Started{std::move(*process), version.get<std::string>().substr(0, 32), hello->value("cuda", Json()) == true};
}

} // namespace

Result<std::unique_ptr<Contender>> makeTorchContender(const TorchSetup &setup, const std::string &device,
                                                      const std::stop_token &stop)
{
    Result<Started> torch = startTorch(setup, stop);
    if (!torch)
        return fail(torch.error());
    return std::make_unique<TorchContender>(std::move(torch->process), torch->version, device, setup);
}

Result<std::vector<std::unique_ptr<Contender>>> makeTorchContenders(const TorchSetup &setup, const std::stop_token &stop)
{
    Result<Started> torch = startTorch(setup, stop);
    if (!torch)
        return fail(torch.error());
    std::vector<std::unique_ptr<Contender>> contenders;
    contenders.push_back(std::make_unique<TorchContender>(std::move(torch->process), torch->version, "cpu", setup));
    if (torch->hasCuda) {
        auto onDevice = makeTorchContender(setup, "cuda", stop);
        if (!onDevice)
            return fail(onDevice.error());
        contenders.push_back(std::move(*onDevice));
    }
    return contenders;
}

} // namespace nms::bench
