// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

namespace nms::test {

/// A folder for one test, deleted when the test ends.
class TempFolder
{
public:
    TempFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "nmscope-").string() + std::string(6, 'X');
        if (!::mkdtemp(name.data()))
            std::abort();
        m_path = name;
    }
    TempFolder(const TempFolder &) = delete;
    TempFolder &operator=(const TempFolder &) = delete;
    ~TempFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }

    std::string file(const std::string &name) const { return (m_path / name).string(); }
    const std::filesystem::path &path() const { return m_path; }

    /// Writes `content` to the file `name` in the folder and returns its full path. Aborts on failure, since a test of a
    /// missing file would test nothing.
    std::string write(const std::string &name, std::string_view content) const
    {
        if (!(std::ofstream(file(name), std::ios::binary) << content << std::flush))
            std::abort();
        return file(name);
    }

    std::size_t fileCount() const
    {
        return std::size_t(
            std::distance(std::filesystem::directory_iterator(m_path), std::filesystem::directory_iterator()));
    }

private:
    std::filesystem::path m_path;
};

inline std::string readFile(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

} // namespace nms::test
