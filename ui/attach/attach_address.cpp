// SPDX-License-Identifier: Apache-2.0
#include "ui/attach/attach_address.h"

namespace nms {

static const QString unixScheme = QStringLiteral("unix:");

QString AttachAddress::text() const
{
    return isLocal() ? unixScheme + path : place();
}

QString AttachAddress::place() const
{
    if (isLocal())
        return QStringLiteral("local");
    return (host.contains(QLatin1Char(':')) ? QStringLiteral("[%1]:%2") : QStringLiteral("%1:%2")).arg(host).arg(port);
}

Result<AttachAddress> AttachAddress::parse(const QString &text)
{
    AttachAddress address;
    if (text.startsWith(unixScheme)) {
        address.path = text.mid(unixScheme.size());
        if (address.path.startsWith(QLatin1Char('/')))
            return address;
    } else {
        const qsizetype colon = text.lastIndexOf(QLatin1Char(':'));
        bool isNumber = false;
        address.port = text.mid(colon + 1).toUShort(&isNumber);
        address.host = text.left(std::max<qsizetype>(0, colon));
        const bool isBracketed = address.host.startsWith(QLatin1Char('[')) && address.host.endsWith(QLatin1Char(']'));
        if (isBracketed)
            address.host = address.host.mid(1, address.host.size() - 2);
        if (isNumber && address.port > 0 && !address.host.isEmpty() && !address.host.contains(QLatin1Char('/')) &&
            isBracketed == address.host.contains(QLatin1Char(':')))
            return address;
    }
    return fail(ErrorKind::Usage, "--attach", "cannot be \"" + text.toStdString() + "\"",
                "give HOST:PORT or unix:PATH, as nmscope.show() prints it");
}

} // namespace nms
