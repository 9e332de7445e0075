// SPDX-License-Identifier: Apache-2.0
#include "app/window_options.h"

#include <QCommandLineParser>
#include <QRegularExpression>

#include <algorithm>

namespace nms {

bool WindowOptions::isScripted() const
{
    return size || view || pattern || method || tensor || runTo || zoomToTile || panel || calibration || prune || kind ||
        compare || light || !screenshot.isEmpty();
}

const char *windowOptionsHelp()
{
    return "  nmscope [FILE]...   opens the window (without FILE: on the sample layer)\n"
           "  nmscope --attach ADDRESS [--token-file FILE]   opens it on tensors of a Python process (nmscope.show); the "
           "token "
           "is\n"
           "      in NMS_TOKEN or in the file, or is asked for\n"
           "  nmscope [OPTION]... [FILE]...   the same, set up for a picture that can be repeated: --size WxH, --view "
           "weights|score|\n"
           "      plan|mask|error, --pattern N:M, --method NAME, --select-tensor PATH, --run-to K|end, --compare,\n"
           "      --panel comparison|chart|model|pruning|price|runs|tiles|statistics|log|why|steps|try, --calibration "
           "FILE,\n"
           "      --prune FRAMEWORK, --kind KIND, --zoom-to-tile I, --light, --screenshot OUT.png (taken from the screen; "
           "then it\n"
           "      ends)";
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

Result<WindowOptions> parseWindowOptions(const QStringList &arguments)
{
    QCommandLineParser parser;
    const auto add = [&](const char *name, const char *value) {
        parser.addOption({QString::fromLatin1(name), QString(), QString::fromLatin1(value)});
    };
    add("attach", "address");
    add("token-file", "file");
    add("size", "WxH");
    add("view", "view");
    add("pattern", "N:M");
    add("method", "name");
    add("select-tensor", "path");
    add("run-to", "iteration");
    add("zoom-to-tile", "tile");
    add("panel", "name");
    add("calibration", "file");
    add("prune", "framework");
    add("kind", "name");
    parser.addOption({QStringLiteral("compare"), QString()});
    parser.addOption({QStringLiteral("light"), QString()});
    add("screenshot", "png");
    if (!parser.parse(arguments))
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
    if (const auto text = given("method")) {
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
        const QStringList panels{QStringLiteral("comparison"), QStringLiteral("chart"),   QStringLiteral("model"),
                                 QStringLiteral("pruning"),    QStringLiteral("price"),   QStringLiteral("runs"),
                                 QStringLiteral("difference"), QStringLiteral("tiles"),   QStringLiteral("log"),
                                 QStringLiteral("statistics"), QStringLiteral("why"),     QStringLiteral("steps"),
                                 QStringLiteral("try"),        QStringLiteral("training")};
        if (!panels.contains(*text))
            return misuse(QStringLiteral("panel"), *text,
                          "choose comparison, chart, model, pruning, price, runs, difference, tiles, statistics, log, why, "
                          "steps or try");
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
    options.calibration = given("calibration");
    options.tensor = given("select-tensor");
    options.compare = parser.isSet(QStringLiteral("compare"));
    options.light = parser.isSet(QStringLiteral("light"));
    options.screenshot = given("screenshot").value_or(QString());
    return options;
}

} // namespace nms
