// SPDX-License-Identifier: Apache-2.0
#include "app/attach.h"

#include "ui/attach/attachment.h"
#include "ui/attach/training_follower.h"
#include "ui/widgets/main_window.h"
#include "ui/widgets/training_dock.h"

#include <QFile>
#include <QInputDialog>
#include <QUndoStack>

namespace nms {

Result<std::optional<QByteArray>> tokenFor(const WindowOptions &options)
{
    constexpr qint64 longest = 1024; // bytes
    if (!options.tokenFile.isEmpty()) {
        QFile file(options.tokenFile);
        if (!file.open(QIODevice::ReadOnly))
            return fail(ErrorKind::Io, options.tokenFile.toStdString(),
                        "cannot be read: " + file.errorString().toStdString());
        const QByteArray token = file.read(longest).trimmed();
        if (token.isEmpty())
            return fail(ErrorKind::Usage, options.tokenFile.toStdString(), "holds no token",
                        "write into it what nmscope.show() printed");
        return token;
    }
    if (const QByteArray token = qgetenv("NMS_TOKEN"); !token.isEmpty()) {
        qunsetenv("NMS_TOKEN"); // not for processes that this one starts
        return token;
    }
    const QString typed =
        QInputDialog::getText(nullptr, MainWindow::tr("Attach"),
                              MainWindow::tr("Token of %1, which nmscope.show() printed:").arg(options.attach->place()),
                              QLineEdit::Password)
            .trimmed();
    return typed.isEmpty() ? std::nullopt : std::optional(typed.toUtf8());
}

Attachment &attach(MainWindow &window, Workspace &workspace, const WindowOptions &options, const QByteArray &token)
{
    auto *attachment = new Attachment(*options.attach, token, &window);
    QObject::connect(attachment, &Attachment::message, &workspace, [&workspace](const QString &text, bool isWarning) {
        emit workspace.message(isWarning ? MessageLevel::Warning : MessageLevel::Info, text, MessageSubject::File);
    });
    new TrainingFollower(*attachment, workspace, attachment);
    QObject::connect(attachment, &Attachment::attached, &window, [attachment, &workspace, &window] {
        if (!attachment->welcome()->masked.empty() && window.findChild<TrainingDock *>() == nullptr)
            window.addPanel(new TrainingDock(*attachment, workspace, &window));
    });
    QObject::connect(attachment, &Attachment::attached, &workspace, [attachment, &workspace, options](bool isOther) {
        if (!isOther)
            return;
        SolveOptions run = workspace.options();
        run.pattern = options.pattern.value_or(attachment->welcome()->pattern.value_or(run.pattern));
        run.method = options.method.value_or(attachment->welcome()->method.value_or(run.method));
        workspace.setOptions(run);
        workspace.undoStack().clear();
        workspace.openFile(attachment->name());
    });
    attachment->connectToProcess();
    return *attachment;
}

} // namespace nms
