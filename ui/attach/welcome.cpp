// SPDX-License-Identifier: Apache-2.0
#include "ui/attach/welcome.h"

#include <QJsonArray>

#include <algorithm>
#include <array>
#include <cmath>

namespace nms {

static Unexpected<Error> wrong(const std::string &what)
{
    return fail(ErrorKind::Input, {}, "the process says something impossible: " + what,
                "attach to a process of this version of nmscope");
}

/// A whole number from `least` to `most`; empty for anything else.
static std::optional<std::int64_t> integerFrom(const QJsonValue &value, std::int64_t least, std::int64_t most)
{
    const double number = value.isDouble() ? value.toDouble() : std::nan("");
    if (!(number >= double(least) && number <= double(most)) || number != std::floor(number))
        return std::nullopt;
    return std::int64_t(number);
}

QString printable(const QString &text, qsizetype most)
{
    QString shown = text.left(most);
    for (QChar &letter : shown)
        if (!letter.isPrint() || letter.isSurrogate())
            letter = QLatin1Char(' ');
    return shown;
}

static std::optional<DType> typeFrom(const QString &name)
{
    constexpr std::array types{DType::F16, DType::BF16, DType::F32, DType::F64};
    const auto found = std::ranges::find(types, name.toStdString(), [](DType type) { return std::string(nameOf(type)); });
    return found == types.end() ? std::nullopt : std::optional(*found);
}

static Result<AttachedTensor> tensorFrom(const QJsonValue &value)
{
    constexpr qsizetype longestName = 4096;
    constexpr std::int64_t longestSide = std::int64_t(1) << 53; // what JSON's numbers hold
    const QJsonObject object = value.toObject();
    const QString name = object.value(QStringLiteral("name")).toString();
    const auto type = typeFrom(object.value(QStringLiteral("dtype")).toString());
    if (name.isEmpty() || name.size() > longestName)
        return wrong("a tensor has no name");
    if (!type)
        return wrong("the type of \"" + printable(name, 200).toStdString() + "\"");
    AttachedTensor tensor{name.toStdString(), {}, *type};
    const QJsonValue sides = object.value(QStringLiteral("shape"));
    for (const QJsonValue side : sides.toArray()) {
        const auto size = integerFrom(side, 0, longestSide);
        if (!size)
            return wrong("the shape of \"" + printable(name, 200).toStdString() + "\"");
        tensor.shape.push_back(*size);
    }
    if (!sides.isArray())
        return wrong("the shape of \"" + printable(name, 200).toStdString() + "\"");
    return tensor;
}

Result<Welcome> Welcome::parse(const QJsonObject &header)
{
    constexpr qsizetype mostTensors = 100'000;
    constexpr qsizetype longestTitle = 100;
    if (header.value(QStringLiteral("version")).toDouble() != version)
        return fail(ErrorKind::Unsupported, {},
                    "the process speaks another version of the view protocol than this window, which speaks " +
                        std::to_string(version),
                    "install the same nmscope on both sides");
    Welcome welcome;
    welcome.title = printable(header.value(QStringLiteral("title")).toString(), longestTitle)
                        .replace(QLatin1Char('/'), QLatin1Char('_'))
                        .trimmed();
    if (welcome.title.isEmpty())
        welcome.title = QStringLiteral("tensors");
    welcome.format =
        header.value(QStringLiteral("layout")).toString() == QLatin1String("pytorch") ? "safetensors" : "memory";
    const QJsonArray tensors = header.value(QStringLiteral("tensors")).toArray();
    if (tensors.size() > mostTensors)
        return wrong("it has " + std::to_string(tensors.size()) + " tensors");
    for (const QJsonValue each : tensors) {
        auto tensor = tensorFrom(each);
        if (!tensor)
            return fail(tensor.error());
        welcome.tensors.push_back(*std::move(tensor));
    }
    for (const QJsonValue each : header.value(QStringLiteral("masked")).toArray()) {
        const auto index = integerFrom(each, 0, std::int64_t(welcome.tensors.size()) - 1);
        if (!index || std::ranges::find(welcome.masked, std::size_t(*index)) != welcome.masked.end())
            return wrong("which tensors have masks");
        welcome.masked.push_back(std::size_t(*index));
    }
    if (const auto pattern = NmPattern::parse(header.value(QStringLiteral("pattern")).toString().toStdString()))
        welcome.pattern = *pattern;
    welcome.method = methodByName(header.value(QStringLiteral("method")).toString().toStdString());
    return welcome;
}

static constexpr std::int64_t lastStep = std::int64_t(1) << 30;

Result<TrainingNews> TrainingNews::parse(const QJsonObject &header, const Welcome &welcome)
{
    TrainingNews news;
    const auto step = integerFrom(header.value(QStringLiteral("step")), 0, lastStep);
    if (!step)
        return wrong("the step of the training");
    news.step = int(*step);
    news.isEnded = header.value(QStringLiteral("ended")).toBool();
    for (const QJsonValue each : header.value(QStringLiteral("refreshes")).toArray()) {
        const QJsonObject object = each.toObject();
        const auto at = integerFrom(object.value(QStringLiteral("step")), 0, lastStep);
        const QJsonArray flips = object.value(QStringLiteral("flips")).toArray();
        if (!at || flips.size() != qsizetype(welcome.masked.size()))
            return wrong("a refresh of the masks");
        TrainingRefresh refresh{int(*at), {}};
        for (const QJsonValue flip : flips) {
            const double share = flip.isDouble() ? flip.toDouble() : -1;
            if (!(share >= 0 && share <= 1))
                return wrong("a flip rate");
            refresh.flips.push_back(float(share));
        }
        news.refreshes.push_back(std::move(refresh));
    }
    if (header.contains(QStringLiteral("mask"))) {
        const QJsonObject object = header.value(QStringLiteral("mask")).toObject();
        const auto tensor = integerFrom(object.value(QStringLiteral("tensor")), 0, std::int64_t(welcome.tensors.size()) - 1);
        const auto at = integerFrom(object.value(QStringLiteral("step")), 0, lastStep);
        if (!tensor || !at || std::ranges::find(welcome.masked, std::size_t(*tensor)) == welcome.masked.end())
            return wrong("a mask");
        news.mask = Mask{std::size_t(*tensor), int(*at)};
    }
    return news;
}

} // namespace nms
