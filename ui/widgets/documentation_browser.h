// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QTextBrowser>

#include <functional>
#include <optional>

namespace nms {

/// Where the pages of the documentation come from: Markdown by name ("index.md"); none for a page that does not exist.
using DocumentationPages = std::function<std::optional<QString>(const QString &name)>;

/// The name of a heading in links: "N:M pattern" is "nm-pattern", as in the HTML edition (packaging/documentation.py).
QString anchorOf(const QString &heading);

/// Shows a page of the documentation, and follows its links. A place is "panels.md" or "panels.md#run". GUI thread.
class DocumentationBrowser : public QTextBrowser
{
    Q_OBJECT
public:
    explicit DocumentationBrowser(DocumentationPages pages, QWidget *parent = nullptr);

    QVariant loadResource(int type, const QUrl &name) override;

protected:
    void doSetSource(const QUrl &name, QTextDocument::ResourceType type) override;

private:
    void dress();

    const DocumentationPages m_pages;
};

} // namespace nms
