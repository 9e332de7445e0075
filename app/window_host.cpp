// SPDX-License-Identifier: Apache-2.0
#include "app/window_host.h"

#include "app/assets/asset_files.h"
#include "app/attach.h"
#include "app/backends/backends.h"
#include "app/documentation.h"
#include "app/signal_watcher.h"
#include "app/window_options.h"
#include "app/window_script.h"
#include "ui/overlay/theme.h"
#include "ui/widgets/lesson_mode.h"
#include "ui/widgets/main_window.h"
#include "ui/widgets/presentation.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QIcon>
#include <QScreen>
#include <QSettings>
#include <QTimer>
#include <QUndoStack>

#include <cstdio>
#include <cstdlib>
#include <optional>

namespace nms {

static constexpr int leastDepth = 15; // bits a pixel: into fewer Qt draws nothing
static constexpr const char *withoutWindow = "the command line works without one, see nmscope --help";

static bool isGiven(const char *variable)
{
    return !qEnvironmentVariableIsEmpty(variable);
}

static bool hasDisplay(int argc, char **argv)
{
    for (int i = 1; i < argc; ++i)
        if (qstrcmp(argv[i], "-platform") == 0 || qstrcmp(argv[i], "--platform") == 0)
            return true;
    return isGiven("DISPLAY") || isGiven("WAYLAND_DISPLAY") || isGiven("QT_QPA_PLATFORM");
}

/// A display that does not answer makes Qt print a page and abort. While one of these lives, its messages wait: the one that
/// ends the program becomes one line and exit status 1, and the others are told afterwards.
class DisplayGuard
{
public:
    DisplayGuard()
    {
        held().clear();
        s_before = qInstallMessageHandler(hold);
    }
    ~DisplayGuard()
    {
        qInstallMessageHandler(s_before);
        for (const QString &text : held())
            std::fprintf(stderr, "nmscope: %s\n", qUtf8Printable(text));
    }
    DisplayGuard(const DisplayGuard &) = delete;
    DisplayGuard &operator=(const DisplayGuard &) = delete;

private:
    static QStringList &held()
    {
        static QStringList texts;
        return texts;
    }
    static void hold(QtMsgType type, const QMessageLogContext &, const QString &text)
    {
        if (type != QtFatalMsg) {
            if (type != QtDebugMsg && type != QtInfoMsg)
                held() << text;
            return;
        }
        const char *variable = isGiven("QT_QPA_PLATFORM") ? "QT_QPA_PLATFORM"
            : isGiven("WAYLAND_DISPLAY")                  ? "WAYLAND_DISPLAY"
                                                          : "DISPLAY";
        std::fprintf(stderr, "nmscope: the display cannot be opened (%s is \"%s\"); %s\n", variable,
                     qgetenv(variable).constData(), withoutWindow);
        std::_Exit(1); // Qt would abort, with a core dump
    }
    static inline QtMessageHandler s_before = nullptr;
};

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
        std::fprintf(stderr, "nmscope: there is no display (DISPLAY and WAYLAND_DISPLAY are not set); %s\n", withoutWindow);
        return 1;
    }
    QCoreApplication::setOrganizationName(QStringLiteral("nmscope"));
    QCoreApplication::setApplicationName(QStringLiteral("nmscope"));
    QCoreApplication::setApplicationVersion(QStringLiteral(NMS_VERSION));
    // Without a session folder no Wayland server can be found, and libwayland says so in a line of its own.
    if (qEnvironmentVariableIsEmpty("XDG_RUNTIME_DIR") && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM") &&
        !qEnvironmentVariable("WAYLAND_DISPLAY").startsWith(QLatin1Char('/')))
        qputenv("QT_QPA_PLATFORM", "xcb");
    if (const std::string fonts = fontFolder(); !fonts.empty())
        overlay::addFontFolder(fonts);
    std::optional<DisplayGuard> guard(std::in_place);
    QApplication application(argc, argv);
    guard.reset();
    if (const int depth = QGuiApplication::primaryScreen()->depth(); depth < leastDepth) {
        std::fprintf(stderr, "nmscope: the screen has %d bits a pixel, and a window needs %d; %s\n", depth, leastDepth,
                     withoutWindow);
        return 1;
    }
    const Result<WindowOptions> options = parseWindowOptions(QCoreApplication::arguments());
    if (!options) {
        std::fprintf(stderr, "nmscope: %s\n", options.error().line().c_str());
        return 2;
    }
    std::optional<QByteArray> token;
    if (options->attach) {
        Result<std::optional<QByteArray>> given = tokenFor(*options);
        if (!given) {
            std::fprintf(stderr, "nmscope: %s\n", given.error().line().c_str());
            return given.error().kind == ErrorKind::Usage ? 2 : 1;
        }
        if (!*given) {
            std::fprintf(stderr, "nmscope: no token was given\n");
            return 1;
        }
        token = **given;
    }
    const bool isScripted = options->isScripted();
    applyTheme(application, isScripted ? !options->light : !QSettings().value(QStringLiteral("window/light")).toBool());
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/nmscope.svg")));

    Workspace workspace(backendChoices());
    // What is attached is gone tomorrow: such a window remembers nothing.
    MainWindow window(workspace, isScripted || token ? MainWindow::Start::Fresh : MainWindow::Start::Remembered);
    SignalWatcher signalWatcher;
    QObject::connect(&signalWatcher, &SignalWatcher::stopRequested, &application, &QCoreApplication::quit);

    window.setDocumentation(documentationPage);
    QStringList lessons;
    for (const std::string &file : lessonFiles())
        lessons << QString::fromStdString(file);
    window.setLessons(lessons, {sampleWeightsFile(), sampleCalibrationFile()});
    applyRunOptions(workspace, *options);
    workspace.undoStack().clear();
    if (options->size)
        window.setInitialSize(*options->size);
    window.show();

    QStringList files = options->files;
    if (token)
        attach(window, workspace, *options, *token);
    else if (files.isEmpty() && !options->lesson && !window.reopenLastSession())
        files << QString::fromStdString(sampleWeightsFile());
    for (const QString &file : files)
        if (!file.isEmpty())
            workspace.openFile(file);

    if (options->tile)
        window.openTile(*options->tile);
    if (options->lesson) {
        if (const Status opened = window.openLesson(*options->lesson); !opened) {
            std::fprintf(stderr, "nmscope: %s\n", opened.error().line().c_str());
            return opened.error().kind == ErrorKind::Usage ? 2 : 1;
        }
        if (options->lessonStep)
            window.lessons().player().setStep(std::size_t(*options->lessonStep - 1));
    }
    if (options->present)
        window.presentation().setMode(Presentation::Mode::Presenting);

    WindowScript script(window, workspace, *options);
    script.start();
    return QApplication::exec();
}

} // namespace nms
