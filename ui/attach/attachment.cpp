// SPDX-License-Identifier: Apache-2.0
#include "ui/attach/attachment.h"

#include <QLocalSocket>
#include <QTcpSocket>

#include <algorithm>
#include <utility>

namespace nms {

static constexpr qint64 readBuffer = 4 << 20; // bytes: what arrives meanwhile waits with the sender

Attachment::Attachment(AttachAddress address, QByteArray token, QObject *parent)
    : QObject(parent), m_address(std::move(address)), m_token(std::move(token)),
      m_reader([this](const QJsonObject &header) { return expectedBytes(header); })
{
    setPatience(std::chrono::seconds(30), std::chrono::seconds(2));
    m_silence.setSingleShot(true);
    m_again.setSingleShot(true);
    connect(&m_silence, &QTimer::timeout, this, [this] { lose(tr("it does not answer")); });
    connect(&m_again, &QTimer::timeout, this, &Attachment::open);
}

Attachment::~Attachment()
{
    drop();
}

void Attachment::setPatience(std::chrono::milliseconds silence, std::chrono::milliseconds pause)
{
    m_silence.setInterval(silence);
    m_again.setInterval(pause);
}

QString Attachment::name() const
{
    return m_tensors ? QString::fromStdString(m_tensors->name()) : QString();
}

std::optional<std::size_t> Attachment::tensorOf(const QString &path) const
{
    if (!m_welcome)
        return std::nullopt;
    const auto found = std::ranges::find(m_welcome->tensors, path.toStdString(), &AttachedTensor::path);
    return found == m_welcome->tensors.end() ? std::nullopt : std::optional(std::size_t(found - m_welcome->tensors.begin()));
}

// --- the connection -------------------------------------------------------------------------------------------------

void Attachment::connectToProcess()
{
    if (m_socket == nullptr && m_state != State::Ended)
        open();
}

void Attachment::open()
{
    m_reader.clear();
    m_isWelcome = false;
    if (m_address.isLocal()) {
        auto *socket = new QLocalSocket(this);
        m_socket = socket;
        socket->setReadBufferSize(readBuffer);
        connect(socket, &QLocalSocket::connected, this, &Attachment::greet);
        connect(socket, &QLocalSocket::errorOccurred, this, [this, socket] { lose(socket->errorString()); });
        connect(socket, &QIODevice::readyRead, this, &Attachment::takeBytes);
        m_silence.start();
        socket->connectToServer(m_address.path);
    } else {
        auto *socket = new QTcpSocket(this);
        m_socket = socket;
        socket->setReadBufferSize(readBuffer);
        connect(socket, &QTcpSocket::connected, this, &Attachment::greet);
        connect(socket, &QTcpSocket::errorOccurred, this, [this, socket] { lose(socket->errorString()); });
        connect(socket, &QIODevice::readyRead, this, &Attachment::takeBytes);
        m_silence.start();
        socket->connectToHost(m_address.host, m_address.port);
    }
}

void Attachment::greet()
{
    send({{QStringLiteral("type"), QStringLiteral("hello")},
          {QStringLiteral("version"), Welcome::version},
          {QStringLiteral("program"), QStringLiteral(NMS_VERSION)},
          {QStringLiteral("token"), QString::fromUtf8(m_token)}});
    m_silence.start();
}

void Attachment::send(const QJsonObject &header)
{
    if (m_socket != nullptr)
        m_socket->write(frameOf(header));
}

/// Ends the connection; those who wait for tensors get an error.
void Attachment::drop()
{
    ++m_connection;
    m_silence.stop();
    m_again.stop();
    m_asked.clear();
    if (m_requests)
        m_requests->close({ErrorKind::Io,
                           {},
                           "the connection to the process that holds this tensor is lost",
                           "it is made again while the process runs; then open the tensor once more"});
    m_requests.reset();
    if (QIODevice *socket = std::exchange(m_socket, nullptr)) {
        socket->disconnect(this);
        socket->close();
        socket->deleteLater(); // this may be called by one of its signals
    }
}

void Attachment::lose(const QString &why)
{
    if (m_socket == nullptr)
        return;
    drop();
    if (!std::exchange(m_hasSaidLoss, true))
        emit message(m_welcome ? tr("The connection to %1 is lost (%2); it is tried again").arg(m_address.place(), why)
                               : tr("%1 cannot be reached (%2); it is tried again").arg(m_address.place(), why),
                     true);
    m_state = State::Connecting;
    emit stateChanged();
    m_again.start();
}

void Attachment::end(const QString &why)
{
    drop();
    m_state = State::Ended;
    emit message(why, true);
    emit stateChanged();
}

/// Between messages, and with no request open, the other side may be silent as long as it likes.
void Attachment::noteSilence()
{
    if (m_socket != nullptr && (!m_isWelcome || m_reader.isInside() || !m_asked.isEmpty()))
        m_silence.start();
    else
        m_silence.stop();
}

void Attachment::takeBytes()
{
    while (m_socket != nullptr) {
        Result<std::optional<Message>> message = m_reader.read(*m_socket);
        if (message && !*message)
            break;
        const Status taken = message ? take(*std::exchange(*message, std::nullopt)) : Status(fail(message.error()));
        if (!taken) { // a process that breaks the protocol would break it again
            end(tr("%1: %2").arg(m_address.place(), QString::fromStdString(taken.error().line())));
            return;
        }
    }
    noteSilence();
}

// --- messages -------------------------------------------------------------------------------------------------------

static QString typeOf(const QJsonObject &header)
{
    return header.value(QStringLiteral("type")).toString();
}

/// The number of a request; 0, which none has, if there is no number.
static int idOf(const QJsonObject &header)
{
    return header.value(QStringLiteral("id")).toInt();
}

Result<std::int64_t> Attachment::expectedBytes(const QJsonObject &header) const
{
    const QString type = typeOf(header);
    if (type == QLatin1String("tensor")) {
        const auto asked = m_asked.constFind(idOf(header));
        if (!m_welcome || asked == m_asked.constEnd())
            return fail(ErrorKind::Input, {}, "the process answers a question that was not asked");
        return header.contains(QStringLiteral("segment")) ? 0 : m_welcome->tensors[asked->tensor].bytes();
    }
    if (type == QLatin1String("training")) {
        if (!m_isWelcome)
            return fail(ErrorKind::Input, {}, "the process speaks of training before it has said what it has");
        const auto news = TrainingNews::parse(header, *m_welcome);
        if (!news)
            return fail(news.error());
        return news->mask ? (m_welcome->tensors[news->mask->tensor].elements() + 7) / 8 : 0;
    }
    const bool isKnown = type == QLatin1String("welcome") || type == QLatin1String("refused") ||
        type == QLatin1String("failed") || type == QLatin1String("bye");
    return isKnown ? 0 : -1;
}

Status Attachment::take(Message message)
{
    const QJsonObject &header = message.header;
    const QString type = typeOf(header);
    constexpr qsizetype longest = 500;
    const auto reason = [&header] {
        return printable(header.value(QStringLiteral("reason")).toString(), longest);
    };
    if (type == QLatin1String("welcome"))
        return takeWelcome(header);
    if (type == QLatin1String("refused")) {
        end(tr("%1 refuses this window: %2").arg(m_address.place(), reason()));
    } else if (type == QLatin1String("bye")) {
        end(tr("The process at %1 has ended; what is open stays").arg(m_address.place()));
    } else if (type == QLatin1String("tensor")) {
        return takeTensor(std::move(message));
    } else if (type == QLatin1String("failed") && m_asked.remove(idOf(header)) > 0) {
        m_requests->answer(idOf(header), fail(ErrorKind::Io, {}, "the process cannot read it: " + reason().toStdString()));
    } else if (type == QLatin1String("training")) {
        return takeTraining(message);
    }
    return {};
}

Status Attachment::takeWelcome(const QJsonObject &header)
{
    if (m_isWelcome)
        return fail(ErrorKind::Input, {}, "the process says twice what it has");
    Result<Welcome> welcome = Welcome::parse(header);
    if (!welcome)
        return fail(welcome.error());
    auto requests = std::make_shared<TensorRequests>([this, connection = m_connection](int id, std::size_t tensor) {
        // On the thread that reads; not called after drop(), which the destructor calls, too.
        QMetaObject::invokeMethod(
            this,
            [this, id, tensor, connection] {
                if (connection == m_connection && m_requests)
                    ask(id, tensor, m_sharesMemory);
            },
            Qt::QueuedConnection);
    });
    auto tensors = AttachedTensors::attach(
        std::string(attachedPrefix) + m_address.place().toStdString() + "/" + welcome->title.toStdString(), welcome->tensors,
        welcome->format,
        [requests](std::size_t tensor, const std::stop_token &stop) { return requests->fetch(tensor, stop); });
    if (!tensors)
        return fail(tensors.error());
    const bool isOther = !m_tensors || m_tensors->name() != (*tensors)->name() || m_welcome->tensors != welcome->tensors;
    if (isOther || m_welcome->masked != welcome->masked) {
        m_refreshes.clear();
        m_watched.reset();
    }
    m_requests = std::move(requests);
    m_tensors = *std::move(tensors);
    m_welcome = *std::move(welcome);
    m_isWelcome = true;
    m_sharesMemory = m_address.isLocal();
    m_hasSaidLoss = false;
    m_state = State::Attached;
    emit stateChanged();
    emit attached(isOther);
    if (m_watched)
        watch(m_watched);
    return {};
}

void Attachment::ask(int id, std::size_t tensor, bool isShared)
{
    m_asked.insert(id, {tensor, isShared});
    send({{QStringLiteral("type"), QStringLiteral("get")},
          {QStringLiteral("id"), id},
          {QStringLiteral("tensor"), qint64(tensor)},
          {QStringLiteral("shared"), isShared}});
    noteSilence();
}

Status Attachment::takeTensor(Message message)
{
    const int id = idOf(message.header);
    const auto [tensor, isShared] = m_asked.take(id);
    if (!message.header.contains(QStringLiteral("segment"))) {
        m_requests->answer(id, std::make_shared<const TensorBytes>(std::move(message.payload)));
        return {};
    }
    auto segment = TensorBytes::ofSegment(message.header.value(QStringLiteral("segment")).toString().toStdString(),
                                          m_welcome->tensors[tensor].bytes());
    send({{QStringLiteral("type"), QStringLiteral("got")}, {QStringLiteral("id"), id}});
    if (segment) {
        m_requests->answer(id, std::make_shared<const TensorBytes>(*std::move(segment)));
    } else if (segment.error().kind == ErrorKind::Io && isShared) {
        m_sharesMemory = false; // the process is elsewhere, in a container for example
        ask(id, tensor, false);
    } else {
        m_requests->answer(id, fail(segment.error()));
    }
    return {};
}

// --- training -------------------------------------------------------------------------------------------------------

void Attachment::watch(std::optional<std::size_t> tensor)
{
    m_watched = tensor;
    send({{QStringLiteral("type"), QStringLiteral("watch")},
          {QStringLiteral("tensor"), tensor ? QJsonValue(qint64(*tensor)) : QJsonValue()}});
}

Status Attachment::takeTraining(const Message &message)
{
    Result<TrainingNews> news = TrainingNews::parse(message.header, *m_welcome);
    if (!news)
        return fail(news.error());
    m_step = news->step;
    m_isTrainingEnded = news->isEnded;
    for (TrainingRefresh &refresh : news->refreshes)
        if (m_refreshes.empty() || refresh.step > m_refreshes.back().step) // after a loss they are told again
            m_refreshes.push_back(std::move(refresh));
    if (m_refreshes.size() > 2 * mostRefreshes)
        m_refreshes.erase(m_refreshes.begin(), m_refreshes.end() - std::ptrdiff_t(mostRefreshes));
    if (news->mask && news->mask->tensor == m_watched)
        emit maskArrived(news->mask->tensor, news->mask->step, message.payload);
    emit trainingChanged();
    return {};
}

} // namespace nms
