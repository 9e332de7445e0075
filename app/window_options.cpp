// SPDX-License-Identifier: Apache-2.0
#include "app/window_options.h"

#include "core/sandbox/sandbox_method.h"
#include "core/sandbox/tile_catalog.h"

#include <QCommandLineParser>
#include <QFileInfo>
#include <QRegularExpression>

#include <array>

namespace nms {

bool WindowOptions::isScripted() const
{
    return size || view || pattern || method || tensor || runTo || zoomToTile || !tileMethod.isEmpty() || panel ||
        calibration || prune || kind || compare || light || lessonStep || present || !film.isEmpty() ||
        !screenshot.isEmpty();
}

static constexpr const char *panels =
    "comparison chart model pruning price runs difference tiles statistics log why steps try training";

static constexpr std::array table{
    WindowOption{
        "attach", "ADDRESS",
        "Open on the tensors of a Python process (nmscope.show), whose token is in NMS_TOKEN or in --token-file, or "
        "is asked for"},
    WindowOption{"token-file", "FILE", "The token of --attach"},
    WindowOption{"size", "WxH", "Size of the window in pixels"},
    WindowOption{"light", "", "The light theme"},
    WindowOption{"select-tensor", "PATH", "Show this tensor of the first file"},
    WindowOption{"view", "VIEW", "Show weights, score, plan, mask or error"},
    WindowOption{"pattern", "N:M", "Keep N of every M"},
    WindowOption{"method", "METHOD", "Solve by this method (nmscope solve --help lists them)"},
    WindowOption{"tile", "NAME|FILE",
                 "Open on the sandbox, with a built-in tile (without NAME: a random one) or a saved one; --method is then "
                 "how it is solved, and --run-to the iterate shown"},
    WindowOption{"run-to", "K", "Run to iteration K, or to the end with \"end\""},
    WindowOption{"zoom-to-tile", "I", "Move to tile I, counted from 0 along the rows of tiles"},
    WindowOption{"compare", "", "Compare patterns and methods"},
    WindowOption{"calibration", "FILE", "Activations for pruning"},
    WindowOption{"prune", "FRAMEWORK", "Prune the layer; --run-to then counts the steps of that"},
    WindowOption{"kind", "KIND", "Mask of the pruned layer"},
    WindowOption{"panel", "NAME", "Show this panel", panels},
    WindowOption{"lesson", "NAME",
                 "Open a lesson: a file, or the beginning of the name of one that comes with the program (1 to 8)"},
    WindowOption{"lesson-step", "K", "Open the lesson at step K, from 1"},
    WindowOption{"present", "", "The whole screen for an audience: large type, folded panels, a large pointer"},
    WindowOption{"film", "OUT.gif",
                 "Write all steps of the lesson as a film (.gif, .mp4, or numbered .png as out-%02d.png), and exit"},
    WindowOption{"screenshot", "OUT.png", "Write the window as a picture, taken from the screen, and exit"},
};

std::span<const WindowOption> windowOptionTable()
{
    return table;
}

static Unexpected<Error> misuse(const QString &option, const QString &value, const std::string &remedy)
{
    return fail(ErrorKind::Usage, "--" + option.toStdString(), "cannot be \"" + value.toStdString() + "\"", remedy);
}

static std::optional<QSize> sizeFrom(const QString &text)
{
    static const QRegularExpression form(QStringLiteral("^(\\d{3,5})x(\\d{3,5})$"));
    const QRegularExpressionMatch match = form.match(text);
    if (!match.hasMatch())
        return {};
    return QSize(match.captured(1).toInt(), match.captured(2).toInt());
}

/// Alone, --tile stands for a random one.
static QStringList withTileName(QStringList arguments)
{
    const qsizetype at = arguments.indexOf(QStringLiteral("--tile"));
    if (at >= 0 && (at + 1 == arguments.size() || arguments[at + 1].startsWith(QLatin1String("--"))))
        arguments[at] = QStringLiteral("--tile=random-4:8");
    return arguments;
}

static Status takeTile(WindowOptions &options, const QString &tile, const std::optional<QString> &method)
{
    if (!builtInTile(tile.toStdString()) && !QFileInfo(tile).isFile()) {
        std::string names;
        for (const CatalogTile &entry : tileCatalog())
            names += (names.empty() ? "" : ", ") + std::string(entry.id);
        return misuse(QStringLiteral("tile"), tile, "name a .tile file or one of " + names);
    }
    if (method && !sandboxMethodByName(method->toStdString())) {
        std::string names;
        for (const SandboxMethod &entry : sandboxMethods())
            names += (names.empty() ? "" : ", ") + std::string(entry.name);
        return misuse(QStringLiteral("method"), *method, "choose one of " + names);
    }
    options.tile = tile;
    options.tileMethod = method.value_or(QString());
    return {};
}

Result<WindowOptions> parseWindowOptions(const QStringList &arguments)
{
    QCommandLineParser parser;
    for (const WindowOption &option : table)
        parser.addOption({QString::fromLatin1(option.name), QString(), QString::fromLatin1(option.value)});
    if (!parser.parse(withTileName(arguments)))
        return fail(ErrorKind::Usage, {}, parser.errorText().toStdString(), "see nmscope --help");

    WindowOptions options;
    options.files = parser.positionalArguments();
    const auto given = [&](const char *name) -> std::optional<QString> {
        const QString option = QString::fromLatin1(name);
        return parser.isSet(option) ? std::optional(parser.value(option)) : std::nullopt;
    };
    if (const auto text = given("attach")) {
        const Result<AttachAddress> address = AttachAddress::parse(*text);
        if (!address)
            return fail(address.error());
        options.attach = *address;
    }
    options.tokenFile = given("token-file").value_or(QString());
    if (!options.tokenFile.isEmpty() && !options.attach)
        return fail(ErrorKind::Usage, "--token-file", "belongs to --attach", "give the address, too");
    if (const auto text = given("size")) {
        options.size = sizeFrom(*text);
        if (!options.size)
            return misuse(QStringLiteral("size"), *text, "give WIDTHxHEIGHT in pixels");
    }
    if (const auto text = given("view")) {
        options.view = viewByName(text->toLower().toStdString());
        if (!options.view)
            return misuse(QStringLiteral("view"), *text, "choose weights, score, plan, mask or error");
    }
    if (const auto text = given("pattern")) {
        const Result<NmPattern> pattern = NmPattern::parse(text->toStdString());
        if (!pattern)
            return fail(pattern.error());
        options.pattern = *pattern;
    }
    if (const auto tile = given("tile")) {
        if (const Status taken = takeTile(options, *tile, given("method")); !taken)
            return fail(taken.error());
    } else if (const auto text = given("method")) {
        options.method = methodByName(text->toStdString());
        if (!options.method)
            return misuse(QStringLiteral("method"), *text, "nmscope solve --help lists the methods");
    }
    if (const auto text = given("run-to")) {
        bool isNumber = false;
        options.runTo = *text == QLatin1String("end") ? 0 : text->toInt(&isNumber);
        if (*text != QLatin1String("end") && (!isNumber || *options.runTo < 1))
            return misuse(QStringLiteral("run-to"), *text, "give an iteration, or \"end\"");
    }
    if (const auto text = given("zoom-to-tile")) {
        bool isNumber = false;
        options.zoomToTile = text->toLongLong(&isNumber);
        if (!isNumber || *options.zoomToTile < 0)
            return misuse(QStringLiteral("zoom-to-tile"), *text, "give the number of a tile, from 0");
    }
    if (const auto text = given("panel")) {
        const QStringList names = QString::fromLatin1(panels).split(QLatin1Char(' '));
        if (!names.contains(*text))
            return misuse(QStringLiteral("panel"), *text, "choose " + names.join(QStringLiteral(", ")).toStdString());
        options.panel = *text;
    }
    if (const auto text = given("prune")) {
        options.prune = frameworkByName(text->toStdString());
        if (!options.prune)
            return misuse(QStringLiteral("prune"), *text, "choose magnitude, wanda, sparsegpt or alps");
    }
    if (const auto text = given("kind")) {
        options.kind = kindByName(text->toStdString());
        if (!options.kind)
            return misuse(QStringLiteral("kind"), *text, "choose transposable, row-nm or unstructured");
    }
    if (const auto text = given("lesson-step")) {
        bool isNumber = false;
        options.lessonStep = text->toInt(&isNumber);
        if (!isNumber || *options.lessonStep < 1)
            return misuse(QStringLiteral("lesson-step"), *text, "give the number of a step, from 1");
    }
    options.lesson = given("lesson");
    if (options.lessonStep && !options.lesson)
        return fail(ErrorKind::Usage, "--lesson-step", "belongs to --lesson", "name the lesson, too");
    options.film = given("film").value_or(QString());
    if (!options.film.isEmpty() && !options.lesson)
        return fail(ErrorKind::Usage, "--film", "belongs to --lesson", "name the lesson, too");
    options.present = parser.isSet(QStringLiteral("present"));
    options.calibration = given("calibration");
    options.tensor = given("select-tensor");
    options.compare = parser.isSet(QStringLiteral("compare"));
    options.light = parser.isSet(QStringLiteral("light"));
    options.screenshot = given("screenshot").value_or(QString());
    return options;
}

} // namespace nms
