// SPDX-License-Identifier: Apache-2.0
// A process that speaks the view protocol, as app/python/VIEW_PROTOCOL.md describes it; it can also lie.
#pragma once

#include <QHostAddress>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QtEndian>

#include <functional>

namespace nms::test {

class FakeProcess : public QObject
{
public:
    static constexpr int patience = 60000;

    explicit FakeProcess(quint16 port = 0)
    {
        isListening = server.listen(QHostAddress::LocalHost, port);
        QObject::connect(&server, &QTcpServer::newConnection, this, [this] {
            socket = server.nextPendingConnection();
            ++connections;
            m_received.clear();
            QObject::connect(socket, &QTcpSocket::readyRead, this, &FakeProcess::read);
        });
    }

    QString address() const { return QStringLiteral("127.0.0.1:%1").arg(server.serverPort()); }

    /// `lie`: bytes that the prefix names instead of the payload's own.
    void send(const QJsonObject &header, const QByteArray &payload = {}, std::optional<quint64> lie = {})
    {
        sendText(QJsonDocument(header).toJson(QJsonDocument::Compact), payload, lie);
    }
    void sendText(const QByteArray &text, const QByteArray &payload = {}, std::optional<quint64> lie = {})
    {
        QByteArray prefix("NMSV");
        prefix.resize(16);
        qToLittleEndian(quint32(text.size()), prefix.data() + 4);
        qToLittleEndian(quint64(lie.value_or(quint64(payload.size()))), prefix.data() + 8);
        sendRaw(prefix + text + payload);
    }
    void sendRaw(const QByteArray &bytes)
    {
        socket->write(bytes);
        socket->flush();
    }
    void die()
    {
        if (socket)
            socket->abort();
    }
    static bool waitFor(const std::function<bool()> &condition) { return QTest::qWaitFor(condition, patience); }
    bool waitForRequest(const QString &type)
    {
        return waitFor([&] { return !requests.isEmpty() && requests.last()[QStringLiteral("type")].toString() == type; });
    }

    QTcpServer server;
    QPointer<QTcpSocket> socket;
    bool isListening = false;
    int connections = 0;
    QList<QJsonObject> requests;
    std::function<void(const QJsonObject &)> onRequest; // answers; none: nothing is answered

private:
    void read()
    {
        m_received += socket->readAll();
        while (m_received.size() >= 16) {
            const auto header = qsizetype(qFromLittleEndian<quint32>(m_received.constData() + 4));
            if (m_received.size() < 16 + header)
                return;
            requests << QJsonDocument::fromJson(m_received.mid(16, header)).object();
            m_received.remove(0, 16 + header);
            if (onRequest)
                onRequest(requests.last());
        }
    }
    QByteArray m_received;
};

/// {"name", "shape", "dtype"}
inline QJsonObject tensorOf(const QString &name, const QJsonArray &shape, const QString &type = QStringLiteral("f32"))
{
    return {{QStringLiteral("name"), name}, {QStringLiteral("shape"), shape}, {QStringLiteral("dtype"), type}};
}

inline QJsonObject welcomeOf(const QJsonArray &tensors, const QJsonArray &masked = {})
{
    return {{QStringLiteral("type"), QStringLiteral("welcome")},
            {QStringLiteral("version"), 1},
            {QStringLiteral("title"), QStringLiteral("Net")},
            {QStringLiteral("layout"), QStringLiteral("pytorch")},
            {QStringLiteral("tensors"), tensors},
            {QStringLiteral("masked"), masked},
            {QStringLiteral("pattern"), QStringLiteral("2:4")},
            {QStringLiteral("method"), QStringLiteral("exact")}};
}

/// The float32 values 1, 2, 3, …
inline QByteArray countingValues(int count)
{
    QByteArray bytes;
    for (int i = 1; i <= count; ++i) {
        const auto value = float(i);
        bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
    }
    return bytes;
}

} // namespace nms::test
