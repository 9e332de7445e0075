// SPDX-License-Identifier: Apache-2.0
#include "app/cli/offscreen_application.h"

namespace nms::cli {

OffscreenApplication::OffscreenApplication()
{
    if (QCoreApplication::instance() != nullptr)
        return;
    qputenv("QT_QPA_PLATFORM", "offscreen");
    // Qt's warnings about the session (a missing XDG_RUNTIME_DIR) are not relevant here.
    const auto before = qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &) {});
    m_application.emplace(m_argc, m_argv.data());
    qInstallMessageHandler(before);
}

} // namespace nms::cli
