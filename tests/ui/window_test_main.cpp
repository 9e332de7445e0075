// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QDir>
#include <QTemporaryDir>

#include <gtest/gtest.h>

#include <cstdio>

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    // Settings of its own: neither the user's are read nor touched.
    const QTemporaryDir home;
    qputenv("XDG_CONFIG_HOME", home.path().toUtf8());
    qputenv("XDG_DATA_HOME", home.path().toUtf8());
    if (!qEnvironmentVariableIsSet("DISPLAY")) {
        std::fputs("These tests need a screen: xvfb-run -a -s \"-screen 0 1600x1000x24\" nms_window_tests\n", stderr);
        return 1;
    }
    QCoreApplication::setOrganizationName(QStringLiteral("nmscope"));
    QCoreApplication::setApplicationName(QStringLiteral("nmscope"));
    QApplication application(argc, argv);
    application.setQuitOnLastWindowClosed(false);
    nms::applyTheme(application, true);
    QDir().mkpath(QStringLiteral(NMS_TEST_OUTPUT));
    return RUN_ALL_TESTS();
}
