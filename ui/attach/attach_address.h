// SPDX-License-Identifier: Apache-2.0
// Where a process with tensors listens.
#pragma once

#include "core/base/result.h"

#include <QString>

namespace nms {

/// "unix:PATH", or "HOST:PORT", where an IPv6 address stands in brackets.
struct AttachAddress {
    QString path; // of a Unix socket; empty: TCP
    QString host;
    quint16 port = 0;

    bool isLocal() const { return !path.isEmpty(); }
    QString text() const; // as it was given
    QString place() const; // for names and messages: "local", "127.0.0.1:5555"

    /// Usage error for anything else.
    static Result<AttachAddress> parse(const QString &text);
};

} // namespace nms
