// SPDX-License-Identifier: Apache-2.0
#include "app/window_host.h"

#include "app/assets/asset_files.h"
#include "app/backends/backends.h"
#include "app/signal_watcher.h"
#include "app/window_options.h"
#include "app/window_script.h"
#include "ui/widgets/main_window.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QIcon>
#include <QSettings>
#include <QTimer>

#include <cstdio>

namespace nms {

/// Without a display Qt aborts; an error message is more helpful.
static bool hasDisplay(int argc, char **argv)
{
    for (int i = 1; i < argc; ++i)
        if (qstrcmp(argv[i], "-platform") == 0 || qstrcmp(argv[i], "--platform") == 0)
            return true;
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
        qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

static std::vector<BackendChoice> backendChoices()
{
    std::vector<BackendChoice> choices;
    for (BackendEntry &entry : availableBackends())
        choices.push_back({QString::fromStdString(entry.id), QString::fromStdString(entry.label), std::move(entry.backend)});
    return choices;
}

static void applyRunOptions(Workspace &workspace, const WindowOptions &options)
{
    SolveOptions run = workspace.options();
    run.pattern = options.pattern.value_or(run.pattern);
    run.method = options.method.value_or(run.method);
    workspace.setOptions(run);
}

int runWindow(int argc, char **argv)
{
    if (!hasDisplay(argc, argv)) {
        std::fputs("nmscope: there is no display (DISPLAY and WAYLAND_DISPLAY are not set); "
                   "the command line works without one, see nmscope --help\n",
                   stderr);
        return 1;
    }
    QCoreApplication::setOrganizationName(QStringLiteral("nmscope"));
    QCoreApplication::setApplicationName(QStringLiteral("nmscope"));
    QCoreApplication::setApplicationVersion(QStringLiteral(NMS_VERSION));
    QApplication application(argc, argv);
    const Result<WindowOptions> options = parseWindowOptions(QCoreApplication::arguments());
    if (!options) {
        std::fprintf(stderr, "nmscope: %s\n", options.error().line().c_str());
        return 2;
    }
    const bool isScripted = options->isScripted();
    applyTheme(application, isScripted || !QSettings().value(QStringLiteral("window/light")).toBool());
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/nmscope.svg")));

    Workspace workspace(backendChoices());
    MainWindow window(workspace, isScripted ? MainWindow::Start::Fresh : MainWindow::Start::Remembered);
    SignalWatcher signalWatcher;
    QObject::connect(&signalWatcher, &SignalWatcher::stopRequested, &application, &QCoreApplication::quit);

    applyRunOptions(workspace, *options);
    if (options->size)
        window.setInitialSize(*options->size);
    window.show();

    QStringList files = options->files;
    if (files.isEmpty())
        files << QString::fromStdString(sampleWeightsFile());
    for (const QString &file : files)
        if (!file.isEmpty())
            workspace.openFile(file);

    WindowScript script(window, workspace, *options);
    script.start();
    return QApplication::exec();
}

} // namespace nms
