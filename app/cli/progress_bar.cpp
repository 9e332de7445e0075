// SPDX-License-Identifier: Apache-2.0
#include "app/cli/progress_bar.h"

#include "app/cli/output.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace nms::cli {

namespace {

constexpr std::chrono::milliseconds redrawEvery{100};
constexpr std::size_t barWidth = 24;

bool isTerminal()
{
    const char *kind = std::getenv("TERM");
    return isatty(STDERR_FILENO) != 0 && kind != nullptr && std::string_view(kind) != "dumb";
}

std::size_t terminalWidth()
{
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void put(const std::string &text)
{
    std::fwrite(text.data(), 1, text.size(), stderr);
}

/// The first `width` code points.
std::string cut(const std::string &text, std::size_t width)
{
    std::size_t end = 0;
    for (; end < text.size() && (width > 0 || (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U); ++end)
        width -= (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U ? 1 : 0;
    return text.substr(0, end);
}

} // namespace

ProgressBar::ProgressBar(std::string unit)
    : m_visible(isTerminal()), m_unit(std::move(unit)), m_start(Clock::now()),
      m_drawn(m_start) // a command that finishes immediately shows no bar
{ }

ProgressBar::~ProgressBar()
{
    if (m_visible && m_drawn != m_start)
        put("\r\033[K");
}

void ProgressBar::setLabel(const std::string &label)
{
    const std::scoped_lock lock(m_mutex);
    m_label = printable(label);
}

void ProgressBar::setShare(double share, std::int64_t unitsDone)
{
    if (!m_visible)
        return;
    const std::scoped_lock lock(m_mutex);
    m_share = share >= 0 ? std::min(share, 1.0) : 0; // 0/0 of an empty job counts as 0
    m_unitsDone = unitsDone;
    const Clock::time_point now = Clock::now();
    if (now - m_drawn >= redrawEvery)
        draw(now);
}

void ProgressBar::draw(Clock::time_point now)
{
    m_drawn = now;
    const double seconds = std::chrono::duration<double>(now - m_start).count();
    const auto filled = static_cast<std::size_t>(m_share * barWidth);

    std::string line = "[" + std::string(filled, '#') + std::string(barWidth - filled, '.') + "] ";
    line += std::to_string(static_cast<int>(m_share * 100)) + " %";
    if (!m_unit.empty() && m_unitsDone > 0) {
        const double rate = static_cast<double>(m_unitsDone) / seconds;
        line += "  " + (rate < 10 ? formatNumber(rate) : formatCount(static_cast<std::int64_t>(rate))) + " " + m_unit + "/s";
    }
    if (m_share >= 0.01) { // too uncertain before
        const double left = std::ceil(seconds * (1 - m_share) / m_share);
        line += "  " + (left < 60 ? formatNumber(left) + " s" : formatSeconds(left)) + " left";
    }
    line += "  " + m_label;
    put("\r" + cut(line, terminalWidth() - 1) + "\033[K");
}

} // namespace nms::cli
