// SPDX-License-Identifier: Apache-2.0
// The messages of the view protocol (app/python/VIEW_PROTOCOL.md) as they arrive, piece by piece.
#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QJsonObject>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

class QIODevice;

namespace nms {

/// Prefix and header of a message; its payload follows.
QByteArray frameOf(const QJsonObject &header);

struct Message {
    QJsonObject header;
    std::vector<std::byte> payload;
};

/// Reads messages from a device without ever waiting. Nothing that the other side says is believed: memory for a payload is
/// taken only after `expected` has agreed to its size. One thread.
class FrameReader
{
public:
    static constexpr std::uint32_t longestHeader = std::uint32_t(1) << 24; // bytes
    static constexpr std::uint64_t longestSkipped = std::uint64_t(1) << 30; // bytes of the payload of an unknown message

    /// The size in bytes of the payload that a message with this header must have; −1: the message is unknown, and is
    /// skipped. Called once for each message, when its header is complete.
    using ExpectedBytes = std::function<Result<std::int64_t>(const QJsonObject &header)>;

    explicit FrameReader(ExpectedBytes expected) : m_expected(std::move(expected)) { }

    /// The next message if all of it is there. An error: the other side broke the protocol, and must not be read any
    /// further.
    Result<std::optional<Message>> read(QIODevice &device);
    bool isInside() const { return m_stage != Stage::Prefix || !m_text.isEmpty(); } // of a message: its rest is missing
    void clear(); // for a new connection

private:
    enum class Stage { Prefix, Header, Payload, Skipped };
    bool fill(QIODevice &device, qsizetype bytes); // m_text, up to so many
    Status beginHeader();
    Status beginPayload();
    void begin(Stage stage);

    const ExpectedBytes m_expected;
    Stage m_stage = Stage::Prefix;
    QByteArray m_text; // of the prefix or the header
    std::uint32_t m_headerBytes = 0;
    std::uint64_t m_payloadBytes = 0;
    std::uint64_t m_done = 0; // bytes of the payload
    Message m_message;
};

} // namespace nms
