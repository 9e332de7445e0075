// SPDX-License-Identifier: Apache-2.0
// The values of the settings in a lesson file: numbers, lists, names. Every error names file and line.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/lesson/markdown_blocks.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nms::lesson {

/// The settings of one block, by key. Refers to its arguments, which must outlive it.
class SettingValues
{
public:
    SettingValues(const std::vector<Setting> &settings, int line, const std::string &file)
        : m_settings(settings), m_line(line), m_file(file)
    { }

    /// Input error for a key that is not among `known`, with the known ones.
    Status checkKeys(std::span<const std::string_view> known) const;

    bool has(std::string_view key) const { return find(key) != nullptr; }
    const Setting *find(std::string_view key) const;

    Result<std::string> text(std::string_view key) const; // must be there
    Result<std::optional<double>> number(std::string_view key, double least, double most) const;
    Result<std::optional<int>> integer(std::string_view key, int least, int most) const;
    Result<std::optional<bool>> flag(std::string_view key) const; // yes or no
    Result<std::vector<double>> numbers(std::string_view key, std::size_t most) const; // empty if it is not there
    Result<Matrix<double>> matrix(std::string_view key, int mostRows) const; // must be there; a row on each line, or after /
    /// Rows or columns, counted from 1 in the file and from 0 here.
    Result<std::vector<int>> places(std::string_view key, int most) const;
    std::vector<std::string> words(std::string_view key) const; // separated by spaces or commas

    /// Input error at the line of `key`, or of the block.
    Unexpected<Error> problem(std::string_view key, const std::string &what, const std::string &remedy) const;

private:
    const std::vector<Setting> &m_settings;
    int m_line;
    const std::string &m_file;
};

/// A finite number, "−2" and "1e-3" included; none for everything else.
std::optional<double> numberFrom(std::string_view text);

} // namespace nms::lesson
