// SPDX-License-Identifier: Apache-2.0
// What drawing text and charts needs where no window is opened.
#pragma once

#include <QApplication>

#include <array>
#include <optional>

namespace nms::cli {

/// A QApplication on the offscreen platform, which needs no display, for as long as this object lives; nothing where the
/// process has one already. Main thread.
class OffscreenApplication
{
public:
    OffscreenApplication();

private:
    int m_argc = 1;
    std::array<char, 8> m_program{"nmscope"};
    std::array<char *, 2> m_argv{m_program.data(), nullptr};
    std::optional<QApplication> m_application;
};

} // namespace nms::cli
