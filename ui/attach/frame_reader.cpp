// SPDX-License-Identifier: Apache-2.0
#include "ui/attach/frame_reader.h"

#include <QIODevice>
#include <QJsonDocument>
#include <QtEndian>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace nms {

static constexpr qsizetype prefixBytes = 16;
static constexpr char magic[] = "NMSV";

static Unexpected<Error> broken(std::string what)
{
    return fail(ErrorKind::Input, {}, std::move(what), "attach to a process of this version of nmscope");
}

QByteArray frameOf(const QJsonObject &header)
{
    const QByteArray text = QJsonDocument(header).toJson(QJsonDocument::Compact);
    QByteArray frame(prefixBytes, 0);
    std::copy_n(magic, 4, frame.begin());
    qToLittleEndian(quint32(text.size()), frame.data() + 4);
    qToLittleEndian(quint64(0), frame.data() + 8);
    return frame + text;
}

void FrameReader::clear()
{
    begin(Stage::Prefix);
}

void FrameReader::begin(Stage stage)
{
    m_stage = stage;
    m_text.clear();
    m_done = 0;
    if (stage == Stage::Prefix)
        m_message = {};
}

bool FrameReader::fill(QIODevice &device, qsizetype bytes)
{
    m_text += device.read(bytes - m_text.size());
    return m_text.size() == bytes;
}

Status FrameReader::beginHeader()
{
    if (!m_text.startsWith(magic))
        return broken("the other side does not speak the view protocol");
    m_headerBytes = qFromLittleEndian<quint32>(m_text.constData() + 4);
    m_payloadBytes = qFromLittleEndian<quint64>(m_text.constData() + 8);
    if (m_headerBytes > longestHeader)
        return broken("a header of " + std::to_string(m_headerBytes) + " bytes is too long");
    begin(Stage::Header);
    return {};
}

Status FrameReader::beginPayload()
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(m_text, &error);
    if (!document.isObject() || !document.object().value(QStringLiteral("type")).isString())
        return broken("a header is not a JSON object with a type");
    m_message.header = document.object();
    const Result<std::int64_t> expected = m_expected(m_message.header);
    if (!expected)
        return fail(expected.error());
    if (*expected < 0 && m_payloadBytes > longestSkipped)
        return broken("a payload of " + std::to_string(m_payloadBytes) + " bytes is too long");
    if (*expected >= 0 && m_payloadBytes != std::uint64_t(*expected))
        return broken("a payload has " + std::to_string(m_payloadBytes) + " bytes instead of " + std::to_string(*expected));
    begin(*expected < 0 ? Stage::Skipped : Stage::Payload);
    if (m_stage == Stage::Payload)
        try {
            m_message.payload.resize(std::size_t(m_payloadBytes));
        } catch (const std::bad_alloc &) {
            return fail(ErrorKind::Resource, {},
                        "not enough memory for a tensor of " + std::to_string(m_payloadBytes) + " bytes");
        }
    return {};
}

Result<std::optional<Message>> FrameReader::read(QIODevice &device)
{
    while (true) {
        switch (m_stage) {
        case Stage::Prefix:
            if (!fill(device, prefixBytes))
                return std::optional<Message>();
            if (const Status begun = beginHeader(); !begun)
                return fail(begun.error());
            break;
        case Stage::Header:
            if (!fill(device, qsizetype(m_headerBytes)))
                return std::optional<Message>();
            if (const Status begun = beginPayload(); !begun)
                return fail(begun.error());
            break;
        case Stage::Payload:
            if (m_done < m_payloadBytes) {
                const qint64 got = device.read(reinterpret_cast<char *>(m_message.payload.data() + m_done),
                                               qint64(m_payloadBytes - m_done));
                m_done += std::uint64_t(std::max<qint64>(0, got));
                if (got <= 0)
                    return std::optional<Message>();
                break;
            }
            {
                std::optional<Message> whole(std::exchange(m_message, {}));
                begin(Stage::Prefix);
                return whole;
            }
        case Stage::Skipped:
            if (m_done < m_payloadBytes) {
                std::array<char, 1 << 16> unwanted;
                const qint64 got =
                    device.read(unwanted.data(), qint64(std::min<std::uint64_t>(unwanted.size(), m_payloadBytes - m_done)));
                m_done += std::uint64_t(std::max<qint64>(0, got));
                if (got <= 0)
                    return std::optional<Message>();
                break;
            }
            begin(Stage::Prefix);
            break;
        }
    }
}

} // namespace nms
