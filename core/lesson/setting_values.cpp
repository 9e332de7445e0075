// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/setting_values.h"

#include "core/base/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace nms::lesson {

namespace {

std::vector<std::string> wordsOf(std::string_view text, std::string_view separators)
{
    std::vector<std::string> words;
    while (true) {
        const std::size_t begin = text.find_first_not_of(separators);
        if (begin == std::string_view::npos)
            return words;
        text.remove_prefix(begin);
        const std::size_t length = std::min(text.find_first_of(separators), text.size());
        words.emplace_back(text.substr(0, length));
        text.remove_prefix(length);
    }
}

} // namespace

std::optional<double> numberFrom(std::string_view text)
{
    std::string plain(text);
    constexpr std::string_view minus = "−";
    if (plain.starts_with(minus))
        plain.replace(0, minus.size(), "-");
    double value = 0;
    const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
    if (error != std::errc() || end != plain.data() + plain.size() || !std::isfinite(value))
        return {};
    return value;
}

const Setting *SettingValues::find(std::string_view key) const
{
    const auto found = std::ranges::find(m_settings, key, &Setting::key);
    return found == m_settings.end() ? nullptr : &*found;
}

Unexpected<Error> SettingValues::problem(std::string_view key, const std::string &what, const std::string &remedy) const
{
    const Setting *setting = find(key);
    return fail(ErrorKind::Input, placeOf(m_file, setting ? setting->line : m_line), what, remedy);
}

Status SettingValues::checkKeys(std::span<const std::string_view> known) const
{
    for (const Setting &setting : m_settings) {
        if (std::ranges::find(known, setting.key) != known.end())
            continue;
        std::string all;
        for (const std::string_view key : known)
            all += (all.empty() ? "" : ", ") + std::string(key);
        return problem(setting.key, "has \"" + setting.key + "\", which has no meaning here", "use " + all);
    }
    return {};
}

Result<std::string> SettingValues::text(std::string_view key) const
{
    const Setting *setting = find(key);
    if (!setting || setting->value.empty())
        return problem(key, "needs \"" + std::string(key) + ": …\"", "add it");
    return setting->value;
}

Result<std::optional<double>> SettingValues::number(std::string_view key, double least, double most) const
{
    const Setting *setting = find(key);
    if (!setting)
        return std::optional<double>();
    const auto value = numberFrom(setting->value);
    if (!value || *value < least || *value > most)
        return problem(key, "has \"" + setting->value + "\" as " + std::string(key),
                       "give a number from " + formatNumber(least) + " to " + formatNumber(most));
    return value;
}

Result<std::optional<int>> SettingValues::integer(std::string_view key, int least, int most) const
{
    const auto value = number(key, least, most);
    if (!value)
        return fail(value.error());
    if (!*value)
        return std::optional<int>();
    if (**value != std::floor(**value))
        return problem(key, "has a fraction as " + std::string(key), "give a whole number");
    return std::optional<int>(int(**value));
}

Result<std::optional<bool>> SettingValues::flag(std::string_view key) const
{
    const Setting *setting = find(key);
    if (!setting)
        return std::optional<bool>();
    if (setting->value != "yes" && setting->value != "no")
        return problem(key, "has \"" + setting->value + "\" as " + std::string(key), "write yes or no");
    return std::optional<bool>(setting->value == "yes");
}

Result<std::vector<double>> SettingValues::numbers(std::string_view key, std::size_t most) const
{
    std::vector<double> values;
    const Setting *setting = find(key);
    if (!setting)
        return values;
    for (const std::string &word : wordsOf(setting->value, " ,\n")) {
        const auto value = numberFrom(word);
        if (!value)
            return problem(key, "has \"" + word + "\" where a number is expected", "separate numbers by spaces");
        if (values.size() >= most)
            return problem(key, "has more than " + std::to_string(most) + " numbers", "remove some");
        values.push_back(*value);
    }
    return values;
}

Result<Matrix<double>> SettingValues::matrix(std::string_view key, int mostRows) const
{
    const Result<std::string> all = text(key);
    if (!all)
        return fail(all.error());
    std::vector<std::vector<double>> rows;
    for (const std::string &line : wordsOf(*all, "\n/")) {
        std::vector<double> row;
        for (const std::string &word : wordsOf(line, " ,\t")) {
            const auto value = numberFrom(word);
            if (!value)
                return problem(key, "has \"" + word + "\" where a number is expected",
                               "separate numbers by spaces, rows by / or lines");
            row.push_back(*value);
        }
        if (row.empty())
            continue;
        if (!rows.empty() && row.size() != rows[0].size())
            return problem(key,
                           "has " + std::to_string(row.size()) + " numbers in row " + std::to_string(rows.size() + 1) +
                               " and " + std::to_string(rows[0].size()) + " in row 1",
                           "make all rows equally long");
        rows.push_back(std::move(row));
        if (int(rows.size()) > mostRows || int(rows.back().size()) > mostRows)
            return problem(key, "has more than " + std::to_string(mostRows) + " rows or columns", "make it smaller");
    }
    if (rows.empty())
        return problem(key, "has no numbers", "write rows of numbers");
    Matrix<double> matrix(std::int64_t(rows.size()), std::int64_t(rows[0].size()));
    for (std::size_t i = 0; i < rows.size(); ++i)
        std::ranges::copy(rows[i], matrix.data() + i * rows[0].size());
    return matrix;
}

Result<std::vector<int>> SettingValues::places(std::string_view key, int most) const
{
    const Result<std::vector<double>> values = numbers(key, std::size_t(most));
    if (!values)
        return fail(values.error());
    std::vector<int> places;
    for (const double value : *values) {
        if (value != std::floor(value) || value < 1 || value > most)
            return problem(key, "has " + formatNumber(value) + " in " + std::string(key),
                           "give whole numbers from 1 to " + std::to_string(most));
        places.push_back(int(value) - 1);
    }
    return places;
}

std::vector<std::string> SettingValues::words(std::string_view key) const
{
    const Setting *setting = find(key);
    return setting ? wordsOf(setting->value, " ,\n") : std::vector<std::string>();
}

} // namespace nms::lesson
