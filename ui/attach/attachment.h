// SPDX-License-Identifier: Apache-2.0
// The connection of a window to a process that shows its tensors (app/python/VIEW_PROTOCOL.md).
#pragma once

#include "ui/attach/attach_address.h"
#include "ui/attach/frame_reader.h"
#include "ui/attach/tensor_requests.h"
#include "ui/attach/welcome.h"

#include <QByteArray>
#include <QHash>
#include <QObject>
#include <QTimer>

#include <chrono>
#include <memory>
#include <optional>

class QIODevice;

namespace nms {

/// While attached, openWeights(name()) opens the tensors of the process; reads of them wait for its answer, on any thread
/// but the GUI's. A connection that is lost is made again until the process has said that it ends. GUI thread.
class Attachment : public QObject
{
    Q_OBJECT
public:
    enum class State {
        Connecting, // also again, after a loss
        Attached,
        Ended, // the process has ended, or wants no window; it stays so
    };

    Attachment(AttachAddress address, QByteArray token, QObject *parent = nullptr);
    ~Attachment() override;

    void connectToProcess();
    /// How long the other side may be silent in the middle of something, and the pause before the next try.
    void setPatience(std::chrono::milliseconds silence, std::chrono::milliseconds pause);

    State state() const { return m_state; }
    const AttachAddress &address() const { return m_address; }
    QString name() const; // what Workspace::openFile() takes; empty before the first welcome
    const std::optional<Welcome> &welcome() const { return m_welcome; } // the last one
    std::optional<std::size_t> tensorOf(const QString &path) const; // its number

    // Training
    int step() const { return m_step; } // the latest; 0 before any
    bool isTrainingEnded() const { return m_isTrainingEnded; }
    /// At most `mostRefreshes`, the newest ones, in order.
    const std::vector<TrainingRefresh> &refreshes() const { return m_refreshes; }
    static constexpr std::size_t mostRefreshes = std::size_t(1) << 16;
    /// The tensor whose masks are sent from now on; empty: none.
    void watch(std::optional<std::size_t> tensor);

signals:
    void stateChanged();
    /// The list of tensors is there; `isOther`: it differs from the one before.
    void attached(bool isOther);
    void message(const QString &text, bool isWarning);
    void trainingChanged();
    /// Bit k of byte j is entry 8 j + k of the tensor in C order; the size is that of the tensor.
    void maskArrived(std::size_t tensor, int step, const std::vector<std::byte> &bits);

private:
    struct Request {
        std::size_t tensor = 0;
        bool isShared = false;
    };
    void open();
    void greet();
    void takeBytes();
    void lose(const QString &why);
    void end(const QString &why);
    void drop();
    void send(const QJsonObject &header);
    void ask(int id, std::size_t tensor, bool isShared);
    Result<std::int64_t> expectedBytes(const QJsonObject &header) const;
    Status take(Message message); // may end the connection
    Status takeWelcome(const QJsonObject &header);
    Status takeTensor(Message message);
    Status takeTraining(const Message &message);
    void noteSilence(); // starts or stops the wait for the other side

    const AttachAddress m_address;
    const QByteArray m_token;
    State m_state = State::Connecting;
    QIODevice *m_socket = nullptr; // QLocalSocket or QTcpSocket
    FrameReader m_reader;
    std::optional<Welcome> m_welcome;
    bool m_isWelcome = false; // on this connection
    bool m_sharesMemory = false; // the process' segments can be opened here
    std::shared_ptr<TensorRequests> m_requests;
    QHash<int, Request> m_asked; // by their numbers
    int m_connection = 0; // counts them
    std::unique_ptr<AttachedTensors> m_tensors;
    std::optional<std::size_t> m_watched;
    int m_step = 0;
    bool m_isTrainingEnded = false;
    std::vector<TrainingRefresh> m_refreshes;
    bool m_hasSaidLoss = false; // since the last welcome
    QTimer m_silence;
    QTimer m_again;
};

} // namespace nms
